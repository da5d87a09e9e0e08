using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.MailFlow;

/// <summary>One with hosts for SMTP gateways, whose certificate is trusted.</summary>
public sealed class GatewayWorld() : OutsideWorld("00:05:00", "00:04:00",
    """
    gateway   A 127.0.1.20
    wrongname A 127.0.1.21
    """)
{
    private readonly string authorities = Path.GetTempFileName();

    private protected override async Task<Dictionary<string, string>> SettingsAsync()
    {
        await File.WriteAllTextAsync(authorities, SmtpSink.CertificatePem);
        return new() { ["MAILSTEAD_Delivery__GatewayAuthorities"] = authorities };
    }
}
