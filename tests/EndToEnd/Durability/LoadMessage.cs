using System.Security.Cryptography;
using System.Text;

namespace Mailstead.EndToEnd.Durability;

/// <summary>One message of the load: what it is, and how far its sender came with it.</summary>
internal sealed class LoadMessage
{
    public required string Id { get; init; }

    public required IReadOnlyList<string> Recipients { get; init; }

    public required string Content { get; init; }

    /// <summary>The end of the content was sent: from here on the server may have taken the message.</summary>
    public bool WasSentWhole { get; set; }

    /// <summary>The server answered 250 to the content: from there on the message is the server's.</summary>
    public bool WasAccepted { get; set; }

    /// <summary>1 to 10 recipients, 1 to 50 KB that don't compress away.</summary>
    public static LoadMessage Create(Random random, string[] addresses)
    {
        var id = $"{Guid.CreateVersion7()}@load.example";
        var recipients = addresses.ToArray();
        random.Shuffle(recipients);
        return new LoadMessage
        {
            Id = id,
            Recipients = recipients[..random.Next(1, Math.Min(10, addresses.Length) + 1)],
            Content = $"From: load@load.example\r\nSubject: Load\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\n"
                + $"Content-Type: text/plain; charset=us-ascii\r\n\r\n{Text(random.Next(1, 50) * 1024)}",
        };
    }

    private static string Text(int length)
    {
        var text = new StringBuilder(length + 128);
        while (text.Length < length)
            text.Append(Convert.ToBase64String(RandomNumberGenerator.GetBytes(54))).Append("\r\n");
        return text.ToString();
    }
}
