using Mailstead.Contracts.Directories.V1;

namespace Mailstead.Directories.Iam;

/// <summary>As stored in <c>iam_identities.kind</c>.</summary>
internal enum IamKind
{
    User = 1,
    Group = 2,
    Role = 3,
    Policy = 4,
}

/// <summary>A user, group, role or managed policy as it was read.</summary>
internal sealed record IamIdentity(Guid Id, IamKind Kind, StoredIamIdentity Record)
{
    /// <summary><c>user</c>, <c>group</c>, <c>role</c>, <c>policy</c>: as ARNs have it.</summary>
    public static string WordOf(IamKind kind) => kind switch
    {
        IamKind.User => "user",
        IamKind.Group => "group",
        IamKind.Role => "role",
        _ => "policy",
    };

    /// <summary>How public ids of a kind begin.</summary>
    public static string PrefixOf(IamKind kind) => kind switch
    {
        IamKind.User => "AIDA",
        IamKind.Group => "AGPA",
        IamKind.Role => "AROA",
        _ => "ANPA",
    };

    public string Arn(string accountId) => $"arn:aws:iam::{accountId}:{WordOf(Kind)}{Record.Path}{Record.Name}";
}
