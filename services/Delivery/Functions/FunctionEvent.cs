using System.Text.Json;
using Mailstead.Contracts.Admin.V1;
using Mailstead.Contracts.Delivery.V1;

namespace Mailstead.Delivery.Functions;

/// <summary>What a function is told of a message: the event of Amazon WorkMail's functions, version 2018-10-10.</summary>
internal static class FunctionEvent
{
    private const int OctetsMax = 128 * 1024;
    private const int SubjectLengthMax = 256;

    /// <param name="subject">Decoded.</param>
    public static byte[] Write(FunctionCall call, SpooledEnvelope content, string subject)
    {
        var count = call.Recipients.Count;
        while (true)
        {
            var written = Write(call, content, subject, count);
            if (written.Length <= OctetsMax || count == 0)
                return written;
            count = Math.Min(count - 1, (int)((long)count * OctetsMax / written.Length));
        }
    }

    private static byte[] Write(FunctionCall call, SpooledEnvelope content, string subject, int recipients)
    {
        var isOutbound = call.Direction == MailDirection.Types.Value.Outbound;
        // Of what users send, the author whom it names: on whose behalf it is, when it is on behalf of somebody.
        var from = isOutbound && content.FromAddress.Length > 0 ? content.FromAddress : content.Envelope.ReturnPath;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("summaryVersion", "2018-10-10");
            writer.WriteStartObject("envelope");
            WriteAddress(writer, "mailFrom", from);
            writer.WriteStartArray("recipients");
            foreach (var address in call.Recipients.Take(recipients))
            {
                writer.WriteStartObject();
                writer.WriteString("address", address);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
            if (content.SenderAddress.Length > 0 && !content.SenderAddress.Equals(content.FromAddress, StringComparison.OrdinalIgnoreCase))
                WriteAddress(writer, "sender", content.SenderAddress);
            writer.WriteString("subject", subject.Length > SubjectLengthMax ? subject[..SubjectLengthMax] : subject);
            writer.WriteString("messageId", call.MessageId);
            writer.WriteString("invocationId", call.InvocationId);
            writer.WriteString("flowDirection", isOutbound ? "OUTBOUND" : "INBOUND");
            writer.WriteBoolean("truncated", recipients < call.Recipients.Count);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteAddress(Utf8JsonWriter writer, string name, string address)
    {
        writer.WriteStartObject(name);
        writer.WriteString("address", address);
        writer.WriteEndObject();
    }
}
