using System.Text;
using Mailstead.Protocols.Smtp.Server;

namespace Mailstead.Unit.Protocols.Smtp;

/// <summary>RFC 5322 §2.2: what a header field begins with.</summary>
public sealed class FirstFieldTests
{
    [Theory]
    [InlineData("Subject: hello\r\n", true)]
    [InlineData("X-1:\r\n", true)]
    [InlineData("Subject : obsolete\r\n", true)]
    [InlineData("\r\nbody", true)]
    [InlineData(" folded into ours\r\n", false)]
    [InlineData("\tfolded\r\n", false)]
    [InlineData(": no name\r\n", false)]
    [InlineData("no field\r\n", false)]
    [InlineData("ab\r\nc", false)]
    [InlineData("ünder: x", false)]
    [InlineData("", null)]
    [InlineData("Subj", null)]
    [InlineData("Subject ", null)]
    public void A_field_is_a_name_and_a_colon(string content, bool? isField) =>
        Assert.Equal(isField, FirstField.IsAtStart(Encoding.UTF8.GetBytes(content)));

    [Fact]
    public void A_name_without_end_is_none() =>
        Assert.False(FirstField.IsAtStart(Encoding.ASCII.GetBytes(new string('a', FirstField.NameOctetsMax + 1))));
}
