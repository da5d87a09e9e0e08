using System.Text;

namespace Mailstead.Imap.Commands;

/// <summary>ENABLE (RFC 5161).</summary>
internal sealed class Enable
{
    public Task<ImapReply> RunAsync(ImapArguments arguments, CancellationToken cancellationToken)
    {
        var session = arguments.Session;
        var enabled = new List<string>();
        foreach (var word in Encoding.ASCII.GetString(arguments.Octets.Span).ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (word)
            {
                case "IMAP4REV2":
                    session.IsRev2 = true;
                    enabled.Add("IMAP4rev2");
                    break;
                case "CONDSTORE":
                    session.HasCondStore = true;
                    enabled.Add("CONDSTORE");
                    break;
                case "QRESYNC":
                    // RFC 7162 §3.2.3: QRESYNC brings CONDSTORE along.
                    session.HasCondStore = session.HasQResync = true;
                    enabled.Add("QRESYNC");
                    break;
            }
        }

        session.Output.Text(enabled.Count == 0 ? "* ENABLED\r\n" : $"* ENABLED {string.Join(' ', enabled)}\r\n");
        return Task.FromResult(arguments.Octets.IsEmpty ? ImapReply.Bad("ENABLE needs a capability") : ImapReply.Ok("ENABLE completed"));
    }
}
