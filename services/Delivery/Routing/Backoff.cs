using System.Security.Cryptography;

namespace Mailstead.Delivery.Routing;

/// <summary>How long to wait after so many attempts: twice as long each time, with a tenth of chance so that retries spread.</summary>
internal static class Backoff
{
    /// <summary>For a destination outside.</summary>
    public static TimeSpan Of(DeliveryOptions options, int attempts) => Of(options.RetryFirst, options.RetryMax, attempts);

    /// <summary>For what a part of this installation could not take on.</summary>
    public static TimeSpan OfInner(DeliveryOptions options, int attempts) => Of(options.InnerRetryFirst, options.InnerRetryMax, attempts);

    private static TimeSpan Of(TimeSpan first, TimeSpan longest, int attempts)
    {
        var wait = first * Math.Pow(2, Math.Min(attempts, 16));
        var bounded = wait < longest ? wait : longest;
        return bounded * (0.95 + (RandomNumberGenerator.GetInt32(101) / 1000.0));
    }
}
