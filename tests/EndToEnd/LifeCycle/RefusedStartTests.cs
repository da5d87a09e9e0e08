using System.Net;
using System.Net.Sockets;
using Mailstead.EndToEnd.Harness;

namespace Mailstead.EndToEnd.LifeCycle;

/// <summary>What an operator has to mend before a start is told in one line, and in nothing but that line.</summary>
public sealed class RefusedStartTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("mailstead-start-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_port_that_somebody_has()
    {
        // All of the others are free, so that this is the one that is told of.
        var portBase = MailsteadServer.FreePortBase();
        using var taken = new TcpListener(IPAddress.Loopback, portBase + 993);
        taken.Start();

        await RefusesAsync(["--port-base", $"{portBase}"], "--port-base", $"'{portBase}'", $"127.0.0.1:{portBase + 993}", "already in use");
    }

    [Fact]
    public Task An_address_of_another_machine() => RefusesAsync(["--listen", "192.0.2.1"], "--listen", "'192.0.2.1'", "address of this machine");

    [Theory]
    [InlineData(31, UnixFileMode.None, "31 octets", "restore it")]
    [InlineData(33, UnixFileMode.None, "more octets", "restore it")]
    [InlineData(32, UnixFileMode.GroupRead, "chmod 600")]
    public async Task A_root_key_that_is_none(int length, UnixFileMode others, params string[] told)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(data, "keys")).FullName, "root.key");
        await File.WriteAllBytesAsync(path, new byte[length]);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);

        await RefusesAsync([], [path, .. told]);
    }

    [Theory]
    [InlineData("/proc/self/mem", "that this user can read")] // It is there, and reading it fails.
    [InlineData("/proc", "is a folder")]
    [InlineData("/proc/none", "no such file")]
    public Task A_settings_file_that_cannot_be_read(string path, string told) => RefusesAsync(["--settings", path], "--settings", $"'{path}'", told);

    [Theory]
    [InlineData("/proc/none")]
    [InlineData("/proc/version")]
    public Task A_data_directory_that_cannot_be_written(string path) => RefusesAsync(["--data", path], "--data", $"'{path}'", "allowed: a folder");

    [Theory]
    [InlineData("databases")]
    [InlineData("bodies")]
    [InlineData("keys")]
    [InlineData("tls")]
    public async Task A_file_where_a_folder_belongs(string name)
    {
        await File.WriteAllTextAsync(Path.Combine(data, name), "");

        await RefusesAsync([], data, name);
    }

    [Fact]
    public async Task A_database_that_is_none()
    {
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(data, "databases")).FullName, "keys.db"), new string('x', 5000));

        await RefusesAsync([], "--data", $"'{data}'", "not a database");
    }

    [Fact]
    public async Task A_certificate_that_is_none()
    {
        await File.WriteAllTextAsync(Path.Combine(data, "x.pem"), "x");
        var path = Path.Combine(data, "x.pem");

        await RefusesInAsync(
            [], new() { ["MAILSTEAD_Tls__Certificate"] = path, ["MAILSTEAD_Tls__PrivateKey"] = path }, "Tls:Certificate", $"'{path}'", "PEM files");
    }

    /// <summary>One of ours by a base that is allowed: some that the kernel gives are too high.</summary>
    private Task RefusesAsync(string[] options, params string[] told) => RefusesInAsync(options, [], told);

    private async Task RefusesInAsync(string[] options, Dictionary<string, string> environment, params string[] told)
    {
        string[] where = options.Contains("--data") ? [] : ["--data", data];
        var run = await Tool.RunAsync(Repository.Program, [.. where, .. options], environment);

        Assert.Equal(2, run.ExitCode);
        var line = Assert.Single(run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("mailstead: ", line, StringComparison.Ordinal);
        foreach (var words in told)
            Assert.Contains(words, line, StringComparison.Ordinal);
    }
}
