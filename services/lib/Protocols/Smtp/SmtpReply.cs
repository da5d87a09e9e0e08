using System.Globalization;

namespace Mailstead.Protocols.Smtp;

/// <summary>A reply (RFC 5321 §4.2) with its enhanced status (RFC 3463).</summary>
/// <param name="EnhancedCode">As in 5.1.1; empty where the RFCs want none.</param>
public sealed record SmtpReply(int Code, string EnhancedCode, string Text)
{
    public bool IsPositive => Code is >= 200 and < 400;

    public bool IsTransient => Code is >= 400 and < 500;

    public override string ToString() => EnhancedCode.Length == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Code} {Text}")
        : string.Create(CultureInfo.InvariantCulture, $"{Code} {EnhancedCode} {Text}");
}
