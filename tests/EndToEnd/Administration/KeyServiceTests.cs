using System.Text.Json;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.Administration;

/// <summary>Customer master keys by Debian's <c>aws kms</c>: their life, who may use them, and what is told of their use.</summary>
public sealed class KeyServiceTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private const string Hello = "aGVsbG8=";
    private const string NoKey = "01234567-89ab-cdef-0123-456789abcdef";

    private readonly Aws aws = new(demo.Server);

    [Fact]
    public async Task A_key_encrypts_and_only_the_same_context_decrypts()
    {
        var key = await CreateKeyAsync();
        await KmsAsync("create-alias", "--alias-name", "alias/contexts", "--target-key-id", key);
        var sealedText = await KmsAsync("encrypt", "--key-id", "alias/contexts", "--plaintext", Hello, "--encryption-context", "a=1,b=2");
        var blob = Text(sealedText, "CiphertextBlob");
        Assert.Equal(Hello, Text(await KmsAsync("decrypt", "--ciphertext-blob", blob, "--encryption-context", "b=2,a=1"), "Plaintext"));
        var other = await CreateKeyAsync();
        await aws.ExpectAsync("kms",
            ("decrypt", new { CiphertextBlob = blob, EncryptionContext = new { a = "1" } }, "InvalidCiphertextException"),
            ("decrypt", new { CiphertextBlob = "not of ours" }, "InvalidCiphertextException"),
            ("decrypt", new { CiphertextBlob = blob, KeyId = other, EncryptionContext = new { a = "1", b = "2" } }, "InvalidCiphertextException"));
        Assert.Contains("IncorrectKeyException",
            await aws.FailAsync("kms", "decrypt", "--ciphertext-blob", blob, "--key-id", other, "--encryption-context", "a=1,b=2"), StringComparison.Ordinal);

        var moved = await KmsAsync("re-encrypt", "--ciphertext-blob", blob, "--source-encryption-context", "a=1,b=2",
            "--destination-key-id", other, "--destination-encryption-context", "c=3");
        Assert.EndsWith(other, Text(moved, "KeyId"), StringComparison.Ordinal);
        Assert.Equal(Hello, Text(await KmsAsync("decrypt", "--ciphertext-blob", Text(moved, "CiphertextBlob"), "--encryption-context", "c=3"), "Plaintext"));

        var made = await KmsAsync("generate-data-key", "--key-id", key, "--key-spec", "AES_256");
        Assert.Equal(32, Convert.FromBase64String(Text(made, "Plaintext")).Length);
        Assert.Equal(Text(made, "Plaintext"), Text(await KmsAsync("decrypt", "--ciphertext-blob", Text(made, "CiphertextBlob")), "Plaintext"));
        Assert.False((await KmsAsync("generate-data-key-without-plaintext", "--key-id", key, "--number-of-bytes", "24")).TryGetProperty("Plaintext", out _));
    }

    [Fact]
    public async Task A_key_is_disabled_rotated_and_given_up()
    {
        var key = await CreateKeyAsync("--description", "of the life", "--tags", "TagKey=for,TagValue=tests");
        var blob = Text(await KmsAsync("encrypt", "--key-id", key, "--plaintext", Hello), "CiphertextBlob");
        await KmsAsync("disable-key", "--key-id", key);
        Assert.Equal("Disabled", Text(await DescribeAsync(key), "KeyState"));
        Assert.Contains("DisabledException", await aws.FailAsync("kms", "decrypt", "--ciphertext-blob", blob), StringComparison.Ordinal);
        await KmsAsync("enable-key", "--key-id", key);

        Assert.False((await KmsAsync("get-key-rotation-status", "--key-id", key)).GetProperty("KeyRotationEnabled").GetBoolean());
        await KmsAsync("enable-key-rotation", "--key-id", key);
        Assert.True((await KmsAsync("get-key-rotation-status", "--key-id", key)).GetProperty("KeyRotationEnabled").GetBoolean());
        await KmsAsync("disable-key-rotation", "--key-id", key);
        using (var admin = new AdminApi(demo.Server))
            await admin.CallAsync("TrentService.RotateKeyOnDemand", new { KeyId = key });
        Assert.Equal(Hello, Text(await KmsAsync("decrypt", "--ciphertext-blob", blob), "Plaintext"));
        Assert.NotEqual(Convert.FromBase64String(blob)[17..21], Convert.FromBase64String(Text(await KmsAsync("encrypt", "--key-id", key, "--plaintext", Hello), "CiphertextBlob"))[17..21]);

        await KmsAsync("update-key-description", "--key-id", key, "--description", "given up");
        await KmsAsync("tag-resource", "--key-id", key, "--tags", "TagKey=for,TagValue=nothing", "TagKey=more,TagValue=");
        await KmsAsync("untag-resource", "--key-id", key, "--tag-keys", "more");
        Assert.Equal("nothing", Text(Assert.Single((await KmsAsync("list-resource-tags", "--key-id", key)).GetProperty("Tags").EnumerateArray()), "TagValue"));
        await KmsAsync("schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7");
        var waiting = await DescribeAsync(key);
        Assert.Equal("PendingDeletion given up", $"{Text(waiting, "KeyState")} {Text(waiting, "Description")}");
        Assert.Contains("KMSInvalidStateException", await aws.FailAsync("kms", "decrypt", "--ciphertext-blob", blob), StringComparison.Ordinal);
        await KmsAsync("cancel-key-deletion", "--key-id", key);
        Assert.Equal("Disabled", Text(await DescribeAsync(key), "KeyState"));
        Assert.Contains((await KmsAsync("list-keys", "--page-size", "1")).GetProperty("Keys").EnumerateArray(), row => Text(row, "KeyId") == key);
    }

    [Fact]
    public async Task Aliases_point_to_keys()
    {
        var (one, two) = (await CreateKeyAsync(), await CreateKeyAsync());
        await KmsAsync("create-alias", "--alias-name", "alias/pointer", "--target-key-id", one);
        await KmsAsync("update-alias", "--alias-name", "alias/pointer", "--target-key-id", two);
        Assert.Equal(two, Text(await DescribeAsync("alias/pointer"), "KeyId"));
        Assert.Empty((await KmsAsync("list-aliases", "--key-id", one)).GetProperty("Aliases").EnumerateArray());
        var listed = (await KmsAsync("list-aliases", "--page-size", "1")).GetProperty("Aliases").EnumerateArray().Single(row => Text(row, "AliasName") == "alias/pointer");
        Assert.Equal(two, Text(listed, "TargetKeyId"));
        Assert.Equal(two, Text(await DescribeAsync(Text(listed, "AliasArn")), "KeyId"));
        await KmsAsync("delete-alias", "--alias-name", "alias/pointer");
        Assert.Contains("NotFoundException", await aws.FailAsync("kms", "describe-key", "--key-id", "alias/pointer"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_error_is_the_one_that_is_documented()
    {
        var key = await CreateKeyAsync();
        var waiting = await CreateKeyAsync();
        await KmsAsync("schedule-key-deletion", "--key-id", waiting);
        await KmsAsync("create-alias", "--alias-name", "alias/taken", "--target-key-id", key);
        const string grantee = "arn:aws:iam::000000000000:user/administrator";
        await aws.ExpectAsync("kms",
            ("create_key", new { KeySpec = "RSA_2048", KeyUsage = "ENCRYPT_DECRYPT" }, "UnsupportedOperationException"),
            ("create_key", new { KeyUsage = "SIGN_VERIFY" }, "UnsupportedOperationException"),
            ("create_key", new { Origin = "EXTERNAL" }, "UnsupportedOperationException"),
            ("create_key", new { MultiRegion = true }, "UnsupportedOperationException"),
            ("create_key", new { Policy = "{" }, "MalformedPolicyDocumentException"),
            ("create_key", new { Policy = Policy("Allow", "arn:aws:iam::000000000000:user/else", "kms:*") }, "MalformedPolicyDocumentException"),
            ("create_key", new { Tags = new[] { new { TagKey = "aws:x", TagValue = "" } } }, "TagException"),
            ("describe_key", new { KeyId = NoKey }, "NotFoundException"),
            ("describe_key", new { KeyId = "alias/none" }, "NotFoundException"),
            ("describe_key", new { KeyId = "arn:aws:iam::000000000000:user/x" }, "InvalidArnException"),
            ("describe_key", new { KeyId = $"arn:aws:kms:us-east-1:111122223333:key/{key}" }, "NotFoundException"),
            ("disable_key", new { KeyId = "alias/taken" }, "NotFoundException"),
            ("enable_key", new { KeyId = waiting }, "KMSInvalidStateException"),
            ("list_keys", new { Marker = "?" }, "InvalidMarkerException"),
            ("create_alias", new { AliasName = "name", TargetKeyId = key }, "InvalidAliasNameException"),
            ("create_alias", new { AliasName = "alias/aws/x", TargetKeyId = key }, "InvalidAliasNameException"),
            ("create_alias", new { AliasName = "alias/taken", TargetKeyId = key }, "AlreadyExistsException"),
            ("create_alias", new { AliasName = "alias/x y", TargetKeyId = key }, "ValidationException"),
            ("create_alias", new { AliasName = "alias/late", TargetKeyId = waiting }, "KMSInvalidStateException"),
            ("update_alias", new { AliasName = "alias/none", TargetKeyId = key }, "NotFoundException"),
            ("delete_alias", new { AliasName = "alias/none" }, "NotFoundException"),
            ("get_key_policy", new { KeyId = key, PolicyName = "other" }, "NotFoundException"),
            ("put_key_policy", new { KeyId = key, PolicyName = "default", Policy = "[]" }, "MalformedPolicyDocumentException"),
            ("put_key_policy", new { KeyId = key, PolicyName = "default", Policy = Policy("Deny", "*", "kms:*") }, "MalformedPolicyDocumentException"),
            ("create_grant", new { KeyId = key, GranteePrincipal = "somebody", Operations = new[] { "Decrypt" } }, "InvalidArnException"),
            ("create_grant", new { KeyId = key, GranteePrincipal = grantee, Operations = new[] { "Sign" } }, "ValidationException"),
            ("create_grant", new { KeyId = waiting, GranteePrincipal = grantee, Operations = new[] { "Decrypt" } }, "KMSInvalidStateException"),
            ("revoke_grant", new { KeyId = key, GrantId = "x" }, "InvalidGrantIdException"),
            ("revoke_grant", new { KeyId = key, GrantId = new string('0', 32) }, "NotFoundException"),
            ("retire_grant", new { GrantToken = "x" }, "InvalidGrantTokenException"),
            ("retire_grant", new { KeyId = key }, "ValidationException"),
            ("encrypt", new { KeyId = key, Plaintext = new string('x', 4097) }, "ValidationException"),
            ("encrypt", new { KeyId = key, Plaintext = "x", EncryptionAlgorithm = "RSAES_OAEP_SHA_1" }, "UnsupportedOperationException"),
            ("generate_data_key", new { KeyId = key }, "ValidationException"),
            ("generate_data_key", new { KeyId = key, KeySpec = "AES_128", NumberOfBytes = 16 }, "ValidationException"),
            ("schedule_key_deletion", new { KeyId = key, PendingWindowInDays = 6 }, "ValidationException"),
            ("schedule_key_deletion", new { KeyId = waiting }, "KMSInvalidStateException"),
            ("cancel_key_deletion", new { KeyId = key }, "KMSInvalidStateException"),
            ("enable_key_rotation", new { KeyId = waiting }, "KMSInvalidStateException"),
            ("tag_resource", new { KeyId = key, Tags = new[] { new { TagKey = "a", TagValue = "1" }, new { TagKey = "a", TagValue = "2" } } }, "TagException"),
            ("get_parameters_for_import", new { KeyId = key, WrappingAlgorithm = "RSAES_OAEP_SHA_256", WrappingKeySpec = "RSA_2048" }, "UnknownOperationException"));
    }

    [Fact]
    public async Task Who_may_use_a_key_is_in_its_policy_in_the_users_or_in_a_grant()
    {
        var user = await aws.AsUserAsync("key-user");
        var account = Text(await aws.RunAsync("sts", "get-caller-identity"), "Account");
        var arn = $"arn:aws:iam::{account}:user/key-user";
        var key = await CreateKeyAsync();
        string[] encrypt = ["encrypt", "--key-id", key, "--plaintext", Hello, "--encryption-context", "tenant=a"];
        var denied = await user.FailAsync("kms", encrypt);
        Assert.Contains($"User: {arn} is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:", denied, StringComparison.Ordinal);
        Assert.Contains("AccessDenied", await user.FailAsync("kms", "list-keys"), StringComparison.Ordinal);

        // A grant, as far as its constraint goes.
        var grant = await KmsAsync("create-grant", "--key-id", key, "--grantee-principal", arn, "--operations", "Encrypt", "RetireGrant",
            "--constraints", "EncryptionContextSubset={tenant=a}", "--name", "for-the-test");
        Assert.Equal(Text(grant, "GrantId"), Text(await KmsAsync("create-grant", "--key-id", key, "--grantee-principal", arn, "--operations", "Encrypt", "RetireGrant",
            "--constraints", "EncryptionContextSubset={tenant=a}", "--name", "for-the-test"), "GrantId"));
        var listed = Assert.Single((await KmsAsync("list-grants", "--key-id", key)).GetProperty("Grants").EnumerateArray());
        Assert.Equal("for-the-test", Text(listed, "Name"));
        await user.RunAsync("kms", encrypt);
        Assert.Contains("AccessDenied", await user.FailAsync("kms", [.. encrypt[..^1], "tenant=b"]), StringComparison.Ordinal);
        Assert.Contains("AccessDenied", await user.FailAsync("kms", "describe-key", "--key-id", key), StringComparison.Ordinal);
        await user.RunAsync("kms", "retire-grant", "--grant-token", Text(grant, "GrantToken"));
        Assert.Contains("AccessDenied", await user.FailAsync("kms", encrypt), StringComparison.Ordinal);

        // The key's policy for the account, together with the user's.
        await aws.RunAsync("iam", "put-user-policy", "--user-name", "key-user", "--policy-name", "kms", "--policy-document",
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:tenant":"a"}}}]}""");
        await user.RunAsync("kms", encrypt);
        Assert.Contains("AccessDenied", await user.FailAsync("kms", [.. encrypt[..^1], "tenant=b"]), StringComparison.Ordinal);
        // A policy that does not name the account leaves the user's without effect; one that names the user needs no other.
        await KmsAsync("put-key-policy", "--key-id", key, "--policy-name", "default", "--policy", Policy("Allow", $"arn:aws:iam::{account}:user/administrator", "kms:*"));
        Assert.Contains("AccessDenied", await user.FailAsync("kms", encrypt), StringComparison.Ordinal);
        await aws.RunAsync("iam", "delete-user-policy", "--user-name", "key-user", "--policy-name", "kms");
        await KmsAsync("put-key-policy", "--key-id", key, "--policy-name", "default", "--policy", $$"""
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{account}}:user/administrator" },"Action":"kms:*","Resource":"*"},
              {"Effect":"Allow","Principal":{"AWS":"{{arn}}"},"Action":"kms:Encrypt","Resource":"*"},
              {"Effect":"Deny","Principal":"*","Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:tenant":"never"} } }]}
            """);
        await user.RunAsync("kms", encrypt);
        Assert.Contains("AccessDenied", await user.FailAsync("kms", [.. encrypt[..^1], "tenant=never"]), StringComparison.Ordinal);
        Assert.Contains("AccessDenied", await aws.FailAsync("kms", [.. encrypt[..^1], "tenant=never"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_of_an_organization_is_used_by_mailstead_alone_and_each_use_is_told()
    {
        var o = await aws.OrganizationIdAsync("demo");
        var arn = Text(await aws.WorkMailAsync("describe-organization", "--organization-id", o), "ARN");
        var records = (await aws.RunAsync("cloudtrail", "lookup-events", "--lookup-attributes", $"AttributeKey=ResourceName,AttributeValue={o}")).GetProperty("Events")
            .EnumerateArray().Where(call => Text(call, "EventSource") == "kms.amazonaws.com").Select(call => JsonDocument.Parse(Text(call, "CloudTrailEvent")).RootElement).ToList();
        Assert.Subset(records.Select(record => Text(record, "eventName")).ToHashSet(), new HashSet<string> { "CreateGrant", "Encrypt" });
        Assert.All(records, record => Assert.Equal(arn, Text(record.GetProperty("requestParameters").GetProperty("encryptionContext"), "aws:workmail:arn")));
        Assert.All(records, record => Assert.Equal("workmail.us-east-1.amazonaws.com", Text(record.GetProperty("userIdentity"), "invokedBy")));
        var key = Text(records[0].GetProperty("resources")[0], "ARN");

        var metadata = await DescribeAsync(key);
        Assert.Equal("AWS Enabled", $"{Text(metadata, "KeyManager")} {Text(metadata, "KeyState")}");
        var grant = Assert.Single((await KmsAsync("list-grants", "--key-id", key)).GetProperty("Grants").EnumerateArray());
        Assert.Equal(arn, Text(grant.GetProperty("Constraints").GetProperty("EncryptionContextSubset"), "aws:workmail:arn"));
        foreach (var command in new[] { $"encrypt --key-id {key} --plaintext {Hello}", $"disable-key --key-id {key}", $"schedule-key-deletion --key-id {key}" })
            Assert.Contains("AccessDenied", await aws.FailAsync("kms", command.Split(' ')), StringComparison.Ordinal);
    }

    private Task<JsonElement> KmsAsync(params string[] arguments) => aws.RunAsync("kms", arguments);

    private async Task<string> CreateKeyAsync(params string[] options) => Text((await KmsAsync(["create-key", .. options])).GetProperty("KeyMetadata"), "KeyId");

    private async Task<JsonElement> DescribeAsync(string key) => (await KmsAsync("describe-key", "--key-id", key)).GetProperty("KeyMetadata");

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private static string Policy(string effect, string principal, string action) =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"{{effect}}","Principal":{"AWS":"{{principal}}"},"Action":"{{action}}","Resource":"*"}]}""";
}
