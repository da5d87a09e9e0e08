namespace Mailstead.Delivery.Routing;

/// <summary>How long to wait after so many attempts: twice as long each time, with a tenth of chance so that retries spread.</summary>
internal static class Backoff
{
    public static TimeSpan Of(DeliveryOptions options, int attempts)
    {
        var wait = options.RetryFirst * Math.Pow(2, Math.Min(attempts, 16));
        var bounded = wait < options.RetryMax ? wait : options.RetryMax;
        return bounded * (0.95 + (System.Security.Cryptography.RandomNumberGenerator.GetInt32(101) / 1000.0));
    }
}
