using System.Net.Sockets;
using System.Text;
using Mailstead.Host.CommandLine;

namespace Mailstead.Host;

/// <summary>
/// Asks places how they are, as a client would: a mail server greets, a URL answers with success. For where no shell and no other
/// client is, such as a test of an installed chart.
/// </summary>
internal static class PlaceCheck
{
    private const int GreetingOctetsMax = 512;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Exit code: 0 when each was well, else 1.</summary>
    public static async Task<int> RunAsync(string places, TextWriter output)
    {
        var failed = false;
        foreach (var place in places.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                await output.WriteLineAsync($"{place}: {await AskAsync(place, patience.Token).ConfigureAwait(false)}").ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is SocketException or HttpRequestException or OperationCanceledException or IOException)
            {
                failed = true;
                var told = failure is OperationCanceledException ? $"no answer in {Patience.TotalSeconds} s" : failure.Message;
                await output.WriteLineAsync($"{place}: {told}").ConfigureAwait(false);
            }
        }

        return failed ? 1 : 0;
    }

    private static async Task<string> AskAsync(string place, CancellationToken cancellationToken)
    {
        if (Uri.TryCreate(place, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            using var http = new HttpClient();
            using var answer = await http.GetAsync(address, cancellationToken).ConfigureAwait(false);
            return answer.EnsureSuccessStatusCode().StatusCode.ToString();
        }

        var colon = place.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(place[(colon + 1)..], out var port))
            throw SettingException.For(KnownSettings.Check, place, "HOST:PORT of a server that greets, or a URL; several separated by commas");
        using var connection = new TcpClient();
        await connection.ConnectAsync(place[..colon], port, cancellationToken).ConfigureAwait(false);
        var greeting = new byte[GreetingOctetsMax];
        var length = await connection.GetStream().ReadAsync(greeting, cancellationToken).ConfigureAwait(false);
        var line = Encoding.ASCII.GetString(greeting, 0, length).Split('\r')[0];
        return line.StartsWith("220", StringComparison.Ordinal) || line.StartsWith("* OK", StringComparison.Ordinal)
            ? line
            : throw new IOException(length == 0 ? "it closed the connection" : $"it greets with '{line}'");
    }
}
