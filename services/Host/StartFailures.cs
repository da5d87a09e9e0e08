using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using Mailstead.Host.CommandLine;
using Mailstead.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Mailstead.Host;

/// <summary>
/// What keeps a process from starting, as one line that names the setting which mends it. What is none of these is a fault of ours and
/// is shown as it is.
/// </summary>
internal static class StartFailures
{
    /// <summary>Null: nothing that an operator could mend.</summary>
    public static SettingException? Explain(Exception failure, InstallationOptions installation, IConfiguration settings) => failure switch
    {
        SettingException told => told,
        StartRefusedException refused => new SettingException(refused.Message),
        OptionsValidationException wrong => SettingRefusals.Explain(wrong, settings),
        InvalidOperationException wrong when wrong.Message.Contains("configuration value", StringComparison.OrdinalIgnoreCase) =>
            SettingRefusals.Explain(wrong, settings),
        AggregateException { InnerExceptions: [var only] } => Explain(only, installation, settings),
        IOException { InnerException: AddressInUseException } => Port(installation, "a base whose ports are free; " + failure.Message),
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            Port(installation, "a base of ports that this user may listen on, from 1024 up for others than root; " + failure.Message),
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported } =>
            SettingException.For(KnownSettings.Listen, installation.Listen.ToString(), "an address of this machine; " + failure.Message),
        DbException when settings["Database:PostgreSql"] is { Length: > 0 } =>
            new SettingException("Database:PostgreSql names a database that can't be used: " + failure.Message),
        DbException or UnauthorizedAccessException or IOException => SettingException.For(
            KnownSettings.Data, installation.DataDirectory, "a folder in which this user can write to everything; " + failure.Message),
        _ => null,
    };

    private static SettingException Port(InstallationOptions installation, string allowed) =>
        SettingException.For(KnownSettings.PortBase, installation.PortBase.ToString(CultureInfo.InvariantCulture), allowed);
}
