using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Kms.V1;
using Mailstead.Keys.Grants;
using Mailstead.Keys.Providers;
using Operation = Mailstead.Contracts.Kms.V1.GrantOperation.Types.Value;

namespace Mailstead.Unit.Keys;

/// <summary>How far a grant reaches.</summary>
public sealed class GrantTests
{
    private const string Joan = "arn:aws:iam::111122223333:user/joan";

    [Theory]
    [InlineData("", "", true)]
    [InlineData("tenant=a", "", true)]
    [InlineData("tenant=a more=b", "", true)]
    [InlineData("tenant=b", "tenant=a", false)]
    [InlineData("more=b", "tenant=a", false)]
    [InlineData("", "tenant=a", false)]
    [InlineData("Tenant=a", "tenant=a", false)]
    [InlineData("tenant=a more=b", "tenant=a", true)]
    public void A_subset_must_be_in_the_context(string context, string subset, bool isAllowed) =>
        Assert.Equal(isAllowed, Of(new GrantConstraints { EncryptionContextSubset = { Pairs(subset) } }).Allows(Joan, Operation.Encrypt, new EncryptionContext(Pairs(context))));

    [Theory]
    [InlineData("tenant=a", true)]
    [InlineData("tenant=a more=b", false)]
    [InlineData("tenant=b", false)]
    [InlineData("", false)]
    public void What_must_be_equal_is_the_whole_context(string context, bool isAllowed) =>
        Assert.Equal(isAllowed, Of(new GrantConstraints { EncryptionContextEquals = { Pairs("tenant=a") } }).Allows(Joan, Operation.Encrypt, new EncryptionContext(Pairs(context))));

    [Fact]
    public void It_is_for_one_principal_and_the_operations_that_it_names()
    {
        var grant = Of(null);
        Assert.True(grant.Allows(Joan, Operation.Encrypt, EncryptionContext.None));
        Assert.False(grant.Allows(Joan, Operation.Decrypt, EncryptionContext.None));
        Assert.False(grant.Allows(Joan + "s", Operation.Encrypt, EncryptionContext.None));
    }

    [Fact]
    public void What_has_no_context_is_not_constrained_by_one() =>
        Assert.True(Of(new GrantConstraints { EncryptionContextEquals = { Pairs("tenant=a") } }).Allows(Joan, Operation.DescribeKey, EncryptionContext.None));

    [Theory]
    [InlineData("Encrypt", "tenant=a", true)]
    [InlineData("Encrypt DescribeKey", "tenant=a", true)]
    [InlineData("Encrypt Decrypt", "tenant=a", false)]
    [InlineData("Encrypt", "tenant=b", false)]
    [InlineData("Encrypt", "", false)]
    public void It_covers_none_that_reaches_further(string operations, string subset, bool isCovered)
    {
        var given = new StoredGrant { Operations = { operations.Split(' ').Select(Enum.Parse<Operation>) } };
        if (subset.Length > 0)
            given.Constraints = new GrantConstraints { EncryptionContextSubset = { Pairs(subset) } };
        Assert.Equal(isCovered, Of(new GrantConstraints { EncryptionContextSubset = { Pairs("tenant=a") } }).Covers(given));
    }

    private static Grant Of(GrantConstraints? constraints) => new(
        Guid.Empty, Guid.Empty, Guid.Empty, default,
        new StoredGrant { GranteePrincipal = Joan, Operations = { Operation.Encrypt, Operation.DescribeKey }, Constraints = constraints });

    private static Dictionary<string, string> Pairs(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
}
