namespace Mailstead.Directories.Credentials;

/// <summary>
/// One attempt at a time for a login from an address. Guesses made side by side would all be let in before the first has failed; and of
/// a client's many connections only the first pays for the hash.
/// </summary>
internal sealed class LoginTurns : IDisposable
{
    private const int Count = 1024;

    private readonly SemaphoreSlim[] turns = [.. Enumerable.Range(0, Count).Select(_ => new SemaphoreSlim(1))];

    /// <summary>Waits for its turn; disposing the answer ends it.</summary>
    public async Task<Turn> TakeAsync(string login, string address, CancellationToken cancellationToken)
    {
        var hash = HashCode.Combine(StringComparer.OrdinalIgnoreCase.GetHashCode(login), address.GetHashCode(StringComparison.Ordinal));
        var turn = turns[(uint)hash % Count];
        await turn.WaitAsync(cancellationToken);
        return new Turn(turn);
    }

    public void Dispose()
    {
        foreach (var turn in turns)
            turn.Dispose();
    }

    internal readonly struct Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
