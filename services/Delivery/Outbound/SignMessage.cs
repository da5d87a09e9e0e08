using System.Text;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery.MailFlow;
using Mailstead.Delivery.Spool;
using Mailstead.Protocols.Addresses;
using Mailstead.Protocols.Dkim;

namespace Mailstead.Delivery.Outbound;

/// <summary>Signs what users send with the keys of the domain in From, one signature with each (RFC 6376, RFC 8463).</summary>
internal sealed class SignMessage(MailPolicies policies, TimeProvider clock)
{
    private const int SummaryOctetsMax = 16 * 1024 * 1024;

    /// <summary>The fields that go before the message; none when there is nothing to sign with.</summary>
    /// <exception cref="Grpc.Core.RpcException">The keys can't be had now.</exception>
    public async ValueTask<byte[]> RunAsync(SpooledMessage message, CancellationToken cancellationToken)
    {
        if (message.Content.BodyHash.IsEmpty || !MailAddress.TryParse(message.Content.FromAddress, out var from))
            return [];
        var keys = await policies.SigningKeysAsync(message.OrganizationId, from.Domain, cancellationToken);
        if (keys.Count == 0)
            return [];
        var summary = MessageSummary.Parser.ParseFrom(
            message.Key.OpenCompressed(message.SealedSummary, SpooledMessage.SummaryContext(message.Body.BodyId), SummaryOctetsMax));
        var now = clock.GetUtcNow();
        var fields = new StringBuilder();
        foreach (var key in keys)
        {
            fields.Append(DkimSigner.Sign(
                summary.Header.Span, message.Content.BodyHash.Span, from.Domain, key.Selector, key.IsEd25519, key.PrivateKey.ToByteArray(), now));
        }

        return Encoding.ASCII.GetBytes(fields.ToString());
    }
}
