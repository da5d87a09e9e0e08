using System.Text;
using Google.Protobuf;
using Mailstead.Directories.Addresses;
using Mailstead.Directories.Organizations;
using Mailstead.Persistence.Databases;

namespace Mailstead.Directories;

/// <summary>
/// Idempotency tokens: the same request with the same token within a day is answered as the first time and not carried out again.
/// </summary>
internal static class ClientTokens
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    private static readonly Statement Find = new(
        """
        SELECT request_index, answer
          FROM client_tokens
         WHERE organization_id = @organization_id
           AND token_index = @token_index
           AND created_at > @since
        """);

    private static readonly Statement Put = new(
        """
        INSERT INTO client_tokens (organization_id, token_index, request_index, answer, created_at)
        VALUES (@organization_id, @token_index, @request_index, @answer, @created_at)
        ON CONFLICT (organization_id, token_index) DO UPDATE
           SET request_index = excluded.request_index, answer = excluded.answer, created_at = excluded.created_at
        """);

    private static readonly Statement Forget = new(
        "DELETE FROM client_tokens WHERE organization_id = @organization_id AND created_at <= @before");

    /// <summary>Carries <paramref name="create"/> out unless that was done before; the id that it made.</summary>
    /// <param name="token">Empty: none was given.</param>
    /// <exception cref="Grpc.Core.RpcException">InvalidParameterException: the token came with another request before.</exception>
    public static async ValueTask<string> RunAsync(
        OrganizationUnit unit, string token, IMessage request, DateTimeOffset now, Func<ValueTask<string>> create)
    {
        if (token.Length == 0)
            return await create();
        await unit.LockAsync();
        var since = (now - Life).ToUnixTimeMilliseconds();
        var index = BlindIndexes.OfRequest(unit.Key, Encoding.UTF8.GetBytes($"{request.Descriptor.Name} {token}"));
        var requestIndex = BlindIndexes.OfRequest(unit.Key, request.ToByteArray());
        var earlier = await unit.Transaction.FindAsync(
            Find, reader => Tuple.Create(reader.GetOctets(0), reader.GetString(1)), unit.Id, index, since);
        if (earlier is not null)
        {
            return earlier.Item1.AsSpan().SequenceEqual(requestIndex)
                ? earlier.Item2
                : throw AdminError.InvalidParameter("ClientToken: it was used for another request; take a new one");
        }

        var answer = await create();
        await unit.Transaction.ExecuteAsync(Forget, unit.Id, since);
        await unit.Transaction.ExecuteAsync(Put, unit.Id, index, requestIndex, answer, now.ToUnixTimeMilliseconds());
        return answer;
    }
}
