using System.Text.Json;
using Mailstead.Hosting;
using Mailstead.Keys.CustomerKeys;
using Mailstead.Policies;

namespace Mailstead.Keys.Kms;

/// <summary>Policies of keys: the one that a key has, and those that keys have to begin with.</summary>
internal sealed class KeyPolicies(InstallationOptions installation)
{
    public const string Name = "default";

    public string RootArn { get; } = $"arn:aws:iam::{installation.AccountId}:root";

    /// <summary>
    /// Of a key that Mailstead made for an organization: used only by way of Mailstead; the account may look at it, revoke the grant and give
    /// another.
    /// </summary>
    private string OfOurs => Write("auto-workmail-1",
        new
        {
            Sid = "Allow access through WorkMail for all principals in the account that are authorized to use WorkMail",
            Effect = "Allow",
            Principal = new { AWS = "*" },
            Action = new[] { "kms:Decrypt", "kms:CreateGrant", "kms:ReEncrypt*", "kms:DescribeKey", "kms:Encrypt" },
            Resource = "*",
            Condition = new
            {
                StringEquals = new Dictionary<string, string>
                {
                    ["kms:ViaService"] = $"workmail.{installation.Region}.amazonaws.com",
                    ["kms:CallerAccount"] = installation.AccountId,
                },
            },
        },
        new
        {
            Sid = "Allow direct access to key metadata to the account",
            Effect = "Allow",
            Principal = new { AWS = RootArn },
            Action = new[] { "kms:Describe*", "kms:List*", "kms:Get*", "kms:RevokeGrant", "kms:CreateGrant" },
            Resource = "*",
        });

    /// <summary>Of a key that is made without one: the policies of the account's users decide.</summary>
    public string OfCustomers => Write("key-default-1",
        new { Sid = "Enable IAM User Permissions", Effect = "Allow", Principal = new { AWS = RootArn }, Action = "kms:*", Resource = "*" });

    public string TextOf(CustomerKey key) => key.Record.Policy.Length > 0 ? key.Record.Policy : OfOurs;

    public PolicyDocument Of(CustomerKey key) => PolicyReader.ReadResourcePolicy(TextOf(key));

    private static string Write(string id, params object[] statements) =>
        JsonSerializer.Serialize(new { Version = "2012-10-17", Id = id, Statement = statements }, Indented);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}
