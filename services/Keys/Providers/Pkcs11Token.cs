using System.Runtime.InteropServices;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Mailstead.Keys.Providers;

/// <summary>
/// The token of a security module: its library is loaded at first use and signed in to once, since a sign-in is the application's and not the session's.
/// After trouble it is opened anew, as a module that was restarted wants it.
/// </summary>
internal sealed partial class Pkcs11Token(KeysOptions options, ILogger<Pkcs11Token> logger) : IDisposable
{
    /// <summary>What modules are sold with; a data key is asked for once a minute and organization.</summary>
    private const int SessionsMax = 4;

    private static readonly Pkcs11InteropFactories Factories = CreateFactories();

    private readonly SemaphoreSlim sessions = new(SessionsMax);
    private readonly Lock opening = new();
    private Opened? opened;

    /// <summary>Uses a session of its own. The module's calls block: they run beside the service's own work.</summary>
    /// <exception cref="KeyProviderException">There is no such token, it refuses the PIN, or it fails.</exception>
    public async Task<T> UseAsync<T>(Func<ISession, T> use, CancellationToken cancellationToken)
    {
        await sessions.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Use(use), cancellationToken);
        }
        finally
        {
            sessions.Release();
        }
    }

    public void Dispose()
    {
        opened?.Library.Dispose();
        sessions.Dispose();
    }

    private T Use<T>(Func<ISession, T> use)
    {
        Opened? used = null;
        try
        {
            used = Open();
            using var session = used.Slot.OpenSession(SessionType.ReadWrite);
            return use(session);
        }
        catch (Pkcs11Exception refused) when (refused.RV is CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_LOCKED or CKR.CKR_PIN_EXPIRED or CKR.CKR_KEY_FUNCTION_NOT_PERMITTED)
        {
            throw new KeyProviderException(StatusCode.FailedPrecondition, $"The security module refuses ({refused.RV})", refused);
        }
        catch (Exception failure) when (failure is Pkcs11Exception or UnmanagedException)
        {
            Reopen(used);
            throw new KeyProviderException(StatusCode.Unavailable, $"The security module can't be asked now: {failure.Message}", failure);
        }
    }

    private Opened Open()
    {
        lock (opening)
            return opened ??= SignIn();
    }

    private Opened SignIn()
    {
        var library = Factories.Pkcs11LibraryFactory.LoadPkcs11Library(Factories, options.Pkcs11Library, AppType.MultiThreaded);
        try
        {
            var slot = library.GetSlotList(SlotsType.WithTokenPresent).Find(slot => slot.GetTokenInfo().Label == options.Pkcs11TokenLabel)
                ?? throw new KeyProviderException(StatusCode.Unavailable, $"The security module has no token '{options.Pkcs11TokenLabel}' (Keys:Pkcs11TokenLabel)");
            // Kept open: a sign-in ends with an application's last session.
            var kept = slot.OpenSession(SessionType.ReadWrite);
            kept.Login(CKU.CKU_USER, options.Pkcs11Pin);
            LogOpened(options.Pkcs11TokenLabel, slot.GetTokenInfo().Model);
            return new(library, slot);
        }
        catch
        {
            library.Dispose();
            throw;
        }
    }

    /// <summary>The interop library asks for <c>libdl</c> by a name that only development packages of glibc have.</summary>
    private static Pkcs11InteropFactories CreateFactories()
    {
        NativeLibrary.SetDllImportResolver(
            typeof(Pkcs11InteropFactories).Assembly,
            (name, assembly, search) => name == "libdl" && NativeLibrary.TryLoad("libdl.so.2", assembly, search, out var handle) ? handle : IntPtr.Zero);
        return new();
    }

    private void Reopen(Opened? failed)
    {
        lock (opening)
        {
            // Others may be in the library: it is unloaded with the process, and only its connection is made anew.
            if (failed is null || opened != failed || !Failed(failed))
                return;
            opened = null;
            failed.Library.Dispose();
        }
    }

    /// <summary>One call's failure is none of the module's: it is asked for a sign of life.</summary>
    private static bool Failed(Opened token)
    {
        try
        {
            using var session = token.Slot.OpenSession(SessionType.ReadOnly);
            return session.GetSessionInfo().State is not (CKS.CKS_RO_USER_FUNCTIONS or CKS.CKS_RW_USER_FUNCTIONS);
        }
        catch (Pkcs11Exception)
        {
            return true;
        }
    }

    [LoggerMessage(LogLevel.Information, "The token {Label} of a security module ({Model}) is open")]
    private partial void LogOpened(string label, string model);

    private sealed record Opened(IPkcs11Library Library, ISlot Slot);
}
