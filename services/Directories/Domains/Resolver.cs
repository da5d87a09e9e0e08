using DnsClient;
using DnsClient.Protocol;
using Mailstead.Hosting;
using Microsoft.Extensions.Logging;

namespace Mailstead.Directories.Domains;

/// <summary>Asks DNS, afresh each time. Null: it could not be asked, so that nothing is known.</summary>
internal sealed partial class Resolver(InstallationOptions installation, ILogger<Resolver> logger)
{
    private readonly LookupClient dns = new(Options(installation));

    /// <summary>Each text whole, of however many strings it is made (RFC 7208 §3.3, RFC 6376 §3.6.2.2).</summary>
    public Task<IReadOnlyList<string>?> FindTextsAsync(string name, CancellationToken cancellationToken) =>
        AskAsync(name, QueryType.TXT, answer => [.. answer.OfType<TxtRecord>().Select(record => string.Concat(record.Text))], cancellationToken);

    /// <summary>As zone files have them: <c>10 mail.example.org.</c></summary>
    public Task<IReadOnlyList<string>?> FindExchangersAsync(string name, CancellationToken cancellationToken) =>
        AskAsync(name, QueryType.MX, answer => [.. answer.OfType<MxRecord>().Select(record => $"{record.Preference} {record.Exchange.Value}")], cancellationToken);

    /// <summary>The names that aliases lead to, one after the other, and addresses when there are any.</summary>
    public Task<IReadOnlyList<string>?> FindTargetsAsync(string name, CancellationToken cancellationToken) => AskAsync(
        name, QueryType.A,
        answer => [.. answer.OfType<CNameRecord>().Select(record => record.CanonicalName.Value), .. answer.OfType<ARecord>().Select(record => record.Address.ToString())],
        cancellationToken);

    private async Task<IReadOnlyList<string>?> AskAsync(
        string name, QueryType type, Func<IReadOnlyList<DnsResourceRecord>, IReadOnlyList<string>> read, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await dns.QueryAsync(name, type, cancellationToken: cancellationToken);
            // A name that an alias leads to may be nowhere: the alias is there all the same.
            if (answer.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain || answer.Answers.Count > 0)
                return read(answer.Answers);
            LogUnreachable(answer.Header.ResponseCode.ToString());
        }
        catch (DnsResponseException unreachable)
        {
            LogUnreachable(unreachable.Code.ToString());
        }

        return null;
    }

    private static LookupClientOptions Options(InstallationOptions installation)
    {
        var options = installation.Dns is { } server ? new LookupClientOptions(server) : new LookupClientOptions();
        options.Timeout = TimeSpan.FromSeconds(3);
        options.Retries = 1;
        options.UseCache = false;
        options.ThrowDnsErrors = false;
        return options;
    }

    [LoggerMessage(LogLevel.Warning, "A domain could not be looked up: {Code}")]
    private partial void LogUnreachable(string code);
}
