using Grpc.Core;
using Mailstead.Contracts.Delivery.V1;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Contracts.Keys.V1;
using Mailstead.Contracts.Mailboxes.V1;
using Mailstead.Delivery;
using Mailstead.Directories;
using Mailstead.Hosting;
using Mailstead.Hosting.Modules;
using Mailstead.Keys;
using Mailstead.Mailboxes;
using Mailstead.Persistence.Databases;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Mailstead.Stores.Harness;

/// <summary>The core services in this process, composed as the program composes them, on one database.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private static readonly IReadOnlyList<IModule> Core = [new KeysModule(), new DirectoriesModule(), new MailboxesModule(),
        new DeliveryModule()];

    private static readonly KeyValuePair<string, string?>[] Silence =
    [
        new("Logging:Console:LogLevel:Default", "None"), new("Logging:Console:LogLevel:Microsoft", "None"),
        new("Logging:Console:LogLevel:MassTransit", "None"),
    ];

    private readonly WebApplication app;

    private Installation(WebApplication app, string folder, ShiftableClock clock) =>
        (this.app, Folder, Clock) = (app, folder, clock);

    public string Folder { get; }

    public ShiftableClock Clock { get; }

    public CallInvoker Calls => app.Services.GetRequiredService<CallInvoker>();

    public MailboxesApi.MailboxesApiClient Mailboxes => new(Calls);

    public KeysApi.KeysApiClient Keys => new(Calls);

    public DeliveryApi.DeliveryApiClient Delivery => new(Calls);

    public DirectoriesApi.DirectoriesApiClient Directories => new(Calls);

    /// <summary>Starts on <paramref name="folder"/>, whatever an earlier process has left there.</summary>
    public static async Task<Installation> StartAsync(
        string folder, string? postgreSql, IReadOnlyDictionary<string, string?>? settings = null,
            Action<IServiceCollection>? replace = null)
    {
        var clock = new ShiftableClock();
        var app = ServiceHost.Build(OptionsIn(folder), Configuration(postgreSql, settings), Core, services =>
        {
            services.AddSingleton<IServer, SilentServer>();
            services.AddSingleton<TimeProvider>(clock);
            replace?.Invoke(services);
        });
        await app.StartAsync();
        return new Installation(app, folder, clock);
    }

    /// <summary>The same with nothing made and nothing started: what a command of the operator's works with.</summary>
    public static WebApplication Compose(string folder, string? postgreSql, IReadOnlyDictionary<string, string?> settings) =>
        ServiceHost.Compose(OptionsIn(folder), Configuration(postgreSql, settings), Core);

    public T Get<T>()
        where T : notnull => app.Services.GetRequiredService<T>();

    public Database DatabaseOf(string schema) => app.Services.GetRequiredKeyedService<Database>(schema);

    /// <summary>An organization with a key, known to the key service alone.</summary>
    public async Task<Guid> NewOrganizationKeyAsync()
    {
        var organization = Guid.CreateVersion7();
        await Keys.CreateOrganizationKeyAsync(new CreateOrganizationKeyRequest
        {
            OrganizationId = organization.ToString(),
            OrganizationArn = $"arn:aws:workmail:us-east-1:000000000000:organization/m-{organization:N}",
        });
        return organization;
    }

    public async Task<MailboxOnStore> NewMailboxAsync(Guid organization, long quotaBytes = 1L << 30)
    {
        var mailbox = new MailboxRef { OrganizationId = organization.ToString(), MailboxId = Guid.CreateVersion7().ToString() };
        await Mailboxes.CreateMailboxAsync(new CreateMailboxRequest { Mailbox = mailbox, QuotaBytes = quotaBytes });
        return new MailboxOnStore(this, mailbox);
    }

    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static InstallationOptions OptionsIn(string folder) =>
        new() { DataDirectory = folder, Roles = Core.Select(module => module.Role).ToHashSet() };

    private static IConfigurationRoot Configuration(string? postgreSql, IReadOnlyDictionary<string, string?>? settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection([new("Database:PostgreSql", postgreSql), .. Silence])
            .AddInMemoryCollection(settings ?? new Dictionary<string, string?>())
            .Build();
}
