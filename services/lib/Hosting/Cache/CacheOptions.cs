using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Mailstead.Hosting.Cache;

/// <summary>Section <c>Cache</c>: what replicas tell each other in passing. All of it may be lost at any time.</summary>
public sealed class CacheOptions
{
    /// <summary>
    /// Connection string of StackExchange.Redis: <c>HOST:PORT,password=…,ssl=true</c>. Empty: replicas notice each other's
    /// changes later and count clients each for itself.
    /// </summary>
    public string Redis { get; set; } = "";

    /// <summary>PEM file: the authorities that the server's certificate must come from. Empty: the system's.</summary>
    public string Authorities { get; set; } = "";
}

/// <summary>Reads the connection string as the client will.</summary>
public sealed class CacheOptionsValidator : IValidateOptions<CacheOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CacheOptions options)
    {
        if (options.Redis.Length == 0)
            return ValidateOptionsResult.Success;
        try
        {
            _ = ConfigurationOptions.Parse(options.Redis);
            return options.Authorities.Length == 0 || File.Exists(options.Authorities)
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"Cache:Authorities is '{options.Authorities}'; allowed: a PEM file");
        }
        catch (ArgumentException)
        {
            // Not the value itself: it has a password.
            return ValidateOptionsResult.Fail(
                "Cache:Redis is wrong; allowed: a connection string of StackExchange.Redis, such as HOST:PORT,password=…,ssl=true");
        }
    }
}
