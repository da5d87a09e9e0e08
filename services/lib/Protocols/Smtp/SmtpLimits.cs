namespace Mailstead.Protocols.Smtp;

/// <summary>What a client may send (RFC 5321 §4.5.3.1 asks for at least as much).</summary>
public static class SmtpLimits
{
    public const long MessageOctetsMax = 40L * 1024 * 1024;
    public const int RecipientsMax = 500;
    public const int LineOctetsMax = 2048;
    public const int AuthLineOctetsMax = 12288;
    public const int LocalPartOctetsMax = 64;
    public const int DomainOctetsMax = 255;
    public const int PathOctetsMax = 256;
    public const int ErrorsMax = 20;
    public const int RefusalsMax = 200;
    public const int UnsentOctetsMax = 8 * 1024;

    /// <summary>Slower content is borne for one timeout only: 4 kbit/s.</summary>
    public const int ContentOctetsPerSecondMin = 500;

    public const int AuthFailuresMax = 3;
    public const int TransactionsMax = 10_000;
    public const int ParameterMax = 1024;
}
