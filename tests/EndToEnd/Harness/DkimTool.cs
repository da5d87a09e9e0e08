using System.Text.Json;

namespace Mailstead.EndToEnd.Harness;

/// <summary>dkimpy: a DKIM that is not ours.</summary>
internal static class DkimTool
{
    /// <summary>The message with a signature in front.</summary>
    /// <param name="algorithm"><c>rsa-sha256</c> with a key in PEM form, or <c>ed25519-sha256</c> with one in Base64.</param>
    public static async Task<string> SignAsync(string message, string domain, string selector, string key, string algorithm) =>
        (await RunAsync(new { sign = message, domain, selector, key, algorithm })).GetString()!;

    /// <summary>For each of the message's signatures, in their order, whether it verifies.</summary>
    /// <param name="records">The keys' records by their names.</param>
    public static async Task<IReadOnlyList<bool>> VerifyAsync(string message, IReadOnlyDictionary<string, string> records) =>
        [.. (await RunAsync(new { verify = message, records })).EnumerateArray().Select(one => one.GetBoolean())];

    private static async Task<JsonElement> RunAsync(object order)
    {
        var output = await Tool.MustAsync("/usr/bin/python3", [Path.Combine(Repository.Clients, "dkim_tool.py")], input: JsonSerializer.Serialize(order));
        return JsonDocument.Parse(output).RootElement.Clone();
    }
}
