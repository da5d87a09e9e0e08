namespace Mailstead.Directories.Iam;

/// <summary>Policies that every installation has, under the ARNs that administrators' scripts attach.</summary>
internal static class ManagedPolicies
{
    public const string ArnPrefix = "arn:aws:iam::aws:policy/";

    private static readonly Dictionary<string, (string Description, string Document)> All = new(StringComparer.Ordinal)
    {
        ["AdministratorAccess"] = ("Everything", Allow("*")),
        ["AmazonWorkMailFullAccess"] = (
            "Everything that administers organizations, and the keys, logs and functions they use",
            Allow("workmail:*", "workmailmessageflow:*", "kms:DescribeKey", "kms:ListAliases", "lambda:ListFunctions", "iam:ListRoles", "logs:*", "cloudtrail:LookupEvents")),
        ["AmazonWorkMailReadOnlyAccess"] = (
            "Everything that changes nothing",
            Allow("workmail:Describe*", "workmail:Get*", "workmail:List*", "workmail:Search*", "kms:DescribeKey", "kms:ListAliases")),
        ["AmazonWorkMailMessageFlowReadOnlyAccess"] = (
            "Contents of messages in transit", Allow("workmailmessageflow:GetRawMessageContent")),
        ["AmazonWorkMailMessageFlowFullAccess"] = (
            "Contents of messages in transit, and changing them", Allow("workmailmessageflow:*")),
    };

    public static IEnumerable<string> Arns => All.Keys.Order(StringComparer.Ordinal).Select(name => ArnPrefix + name);

    /// <summary>Null: there is none of this ARN.</summary>
    public static (string Name, string Description, string Document)? Find(string arn) =>
        arn.StartsWith(ArnPrefix, StringComparison.Ordinal) && All.TryGetValue(arn[ArnPrefix.Length..], out var found)
            ? (arn[ArnPrefix.Length..], found.Description, found.Document)
            : null;

    private static string Allow(params string[] actions) => System.Text.Json.JsonSerializer.Serialize(new
    {
        Version = "2012-10-17",
        Statement = new[] { new { Effect = "Allow", Action = actions, Resource = "*" } },
    });
}
