using Google.Protobuf;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Delivery.Spool;
using Mailstead.Persistence.Encryption;

namespace Mailstead.Delivery.MessageFlow;

/// <summary>A message with the content that a function has put in its place.</summary>
internal static class Replacement
{
    /// <summary>Null: none has.</summary>
    public static SpooledMessage? Of(SpooledMessage message, TransitRow row, DataKey transport)
    {
        if (row.SealedFacts is null || row.SealedSummary is null || row.Body.BodyId == message.Body.BodyId)
            return null;
        var key = TransportKeys.OpenKey(transport, row.Body.BodyId, row.SealedKey);
        var facts = SpooledEnvelope.Parser.ParseFrom(key.Open(row.SealedFacts, TransitTable.FactsContext(row.Body.BodyId)));
        return new SpooledMessage
        {
            OrganizationId = message.OrganizationId,
            MessageId = message.MessageId,
            Body = row.Body,
            Key = key,
            SealedKey = row.SealedKey,
            SealedSummary = row.SealedSummary,
            Content = new SpooledEnvelope(message.Content)
            {
                ReceivedCount = facts.ReceivedCount,
                ItemClass = facts.ItemClass,
                FromAddress = facts.FromAddress,
                SenderAddress = facts.SenderAddress,
                BodyHash = facts.BodyHash,
            },
            Attempts = message.Attempts,
            ReceivedAt = message.ReceivedAt,
            ExpiresAt = message.ExpiresAt,
        };
    }
}
