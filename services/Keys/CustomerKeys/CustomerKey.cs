using Grpc.Core;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;

namespace Mailstead.Keys.CustomerKeys;

/// <summary>A customer master key, as stored.</summary>
internal sealed record CustomerKey
{
    public required Guid KeyId { get; init; }

    public required string Arn { get; init; }

    /// <summary>Where its material lives: the name of a provider.</summary>
    public required string Provider { get; init; }

    /// <summary>One of <see cref="KeyState"/>.</summary>
    public required string State { get; init; }

    public required string Spec { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DeletionAt { get; init; }

    /// <summary>When its next material is due; null: it is not rotated.</summary>
    public DateTimeOffset? RotationAt { get; init; }

    public required StoredCustomerKey Record { get; init; }

    public bool IsOurs => Record.Manager != KeyManager.Types.Value.Customer;

    /// <summary>Why it can't be used now, or null.</summary>
    public Refusal? Refusal => State switch
    {
        KeyState.Enabled => null,
        KeyState.PendingDeletion => new(StatusCode.FailedPrecondition, $"Key {Arn} is waiting to be deleted: cancel its deletion and enable it"),
        KeyState.Deleted => new(StatusCode.FailedPrecondition, $"Key {Arn} is deleted: what it protected can't be read any more"),
        _ => new(StatusCode.FailedPrecondition, $"Key {Arn} is disabled: enable it"),
    };
}
