namespace Mailstead.Protocols.Smtp;

/// <summary>A message that comes in chunks (RFC 3030).</summary>
internal sealed class BdatContent(ISmtpContent content) : IAsyncDisposable
{
    public ContentIntake Intake { get; } = new(content, new ContentScanner(isDotted: false));

    public ValueTask DisposeAsync() => content.DisposeAsync();
}
