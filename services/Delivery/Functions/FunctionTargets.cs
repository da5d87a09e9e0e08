namespace Mailstead.Delivery.Functions;

/// <summary>A function could not be asked, or its answer is none.</summary>
internal sealed class FunctionFailedException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <param name="Target">The ARN of a Lambda function, or an HTTPS address.</param>
/// <param name="Event">In JSON.</param>
/// <param name="IsSynchronous">Its answer counts; otherwise it is enough that the event was taken.</param>
/// <param name="Secret">The organization's, for targets that are no Lambda function.</param>
internal sealed record FunctionRequest(string Target, string InvocationId, byte[] Event, bool IsSynchronous, byte[] Secret);

/// <summary>Calls functions wherever they are.</summary>
internal sealed class FunctionTargets(LambdaTarget lambda, HttpsTarget https)
{
    /// <summary>How long an answer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <returns>The answer; of no meaning when the call is asynchronous.</returns>
    /// <exception cref="FunctionFailedException">There is none, or not in time.</exception>
    public async Task<byte[]> InvokeAsync(FunctionRequest request, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            return request.Target.StartsWith("arn:", StringComparison.Ordinal)
                ? await lambda.InvokeAsync(request, deadline.Token)
                : await https.InvokeAsync(request, deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FunctionFailedException($"There was no answer within {Patience.TotalSeconds} s");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new FunctionFailedException("It can't be reached: " + failure.Message, failure);
        }
    }

    /// <exception cref="FunctionFailedException">It is too long.</exception>
    public static async Task<byte[]> ReadAnswerAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[FunctionAnswer.OctetsMax + 1];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= FunctionAnswer.OctetsMax
            ? buffer[..length]
            : throw new FunctionFailedException($"The answer has more than {FunctionAnswer.OctetsMax} octets");
    }
}
