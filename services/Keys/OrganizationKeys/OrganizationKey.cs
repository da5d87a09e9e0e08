using Grpc.Core;

namespace Mailstead.Keys.OrganizationKeys;

/// <summary>The key of an organization and the grant to use it, as stored.</summary>
internal sealed record OrganizationKey
{
    public required Guid KeyId { get; init; }

    public required string Arn { get; init; }

    public required string State { get; init; }

    public required string OrganizationArn { get; init; }

    public required bool IsRevoked { get; init; }

    /// <summary>Why it can't be used now, or null.</summary>
    public Refusal? Refusal => (State, IsRevoked) switch
    {
        (_, true) => new(StatusCode.FailedPrecondition, $"The grant to use key {Arn} for {OrganizationArn} is revoked: grant it again"),
        (KeyState.Enabled, _) => null,
        (KeyState.PendingDeletion, _) => new(
            StatusCode.FailedPrecondition, $"Key {Arn} is waiting to be deleted: cancel its deletion and enable it"),
        _ => new(StatusCode.FailedPrecondition, $"Key {Arn} is disabled: enable it"),
    };
}
