using Mailstead.Contracts.Keys.V1;
using Mailstead.Keys.Providers;
using Operation = Mailstead.Contracts.Kms.V1.GrantOperation.Types.Value;

namespace Mailstead.Keys.Grants;

/// <summary>Who may use a key for what, besides what the key's policy says.</summary>
/// <param name="OrganizationId">Of the grant that an organization got with its key; nil of any other.</param>
internal sealed record Grant(Guid GrantId, Guid KeyId, Guid OrganizationId, DateTimeOffset CreatedAt, StoredGrant Record)
{
    /// <summary>Those whose use has an encryption context, which constraints are about.</summary>
    private static readonly Operation[] Cryptographic =
    [
        Operation.Decrypt, Operation.Encrypt, Operation.GenerateDataKey, Operation.GenerateDataKeyWithoutPlaintext, Operation.ReEncryptFrom, Operation.ReEncryptTo,
    ];

    /// <summary>Whoever may give grants because of this one gives none that reaches further.</summary>
    public bool Covers(StoredGrant given) =>
        !given.Operations.Except(Record.Operations).Any() && (Record.Constraints is null || Record.Constraints.Equals(given.Constraints));

    public bool Allows(string principal, Operation operation, EncryptionContext context)
    {
        if (Record.GranteePrincipal != principal || !Record.Operations.Contains(operation))
            return false;
        if (Record.Constraints is not { } constraints || !Cryptographic.Contains(operation))
            return true;
        var isSubset = constraints.EncryptionContextSubset.All(pair => context.Pairs.GetValueOrDefault(pair.Key) == pair.Value);
        var isEqual = constraints.EncryptionContextEquals.Count == 0
            || (constraints.EncryptionContextEquals.Count == context.Pairs.Count
                && constraints.EncryptionContextEquals.All(pair => context.Pairs.GetValueOrDefault(pair.Key) == pair.Value));
        return isSubset && isEqual;
    }
}
