using Grpc.Core;
using Mailstead.Contracts.Directories.V1;
using Mailstead.Hosting.ApiLog;
using Mailstead.Hosting.Bus;
using Mailstead.Hosting.Grpc;
using Mailstead.Hosting.Listeners;
using Mailstead.Hosting.Start;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Mailstead.Hosting.Modules;

/// <summary>What a module may add to its process. Everything is explicit; nothing is scanned for.</summary>
public sealed class ModuleBuilder(IServiceCollection services, IConfiguration configuration, InstallationOptions installation)
{
    private readonly List<Action<IServiceProvider, MethodTable>> grpcBindings = [];
    private readonly List<Action<IEndpointRouteBuilder>> grpcRoutes = [];
    private readonly List<ServiceDescriptor> called = [];
    private readonly List<ListenerPlan> listeners = [];
    private readonly List<BusConsumer> consumers = [];
    private readonly List<Action<IEndpointRouteBuilder>> routes = [];

    public IServiceCollection Services { get; } = services;

    public IConfiguration Configuration { get; } = configuration;

    public InstallationOptions Installation { get; } = installation;

    /// <summary>Of the module that is being configured.</summary>
    internal string Role { get; set; } = "";

    internal IReadOnlyList<Action<IServiceProvider, MethodTable>> GrpcBindings => grpcBindings;

    internal IReadOnlyList<Action<IEndpointRouteBuilder>> GrpcRoutes => grpcRoutes;

    internal IReadOnlyList<ServiceDescriptor> Called => called;

    internal IReadOnlyList<ListenerPlan> Listeners => listeners;

    internal IReadOnlyList<BusConsumer> Consumers => consumers;

    internal IReadOnlyList<Action<IEndpointRouteBuilder>> Routes => routes;

    /// <summary>Options under <paramref name="section"/> of the settings, checked before anything starts.</summary>
    public ModuleBuilder AddOptions<TOptions, TValidator>(string section)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        RefuseUnknown<TOptions>(section);
        Services.AddSingleton<IValidateOptions<TOptions>, TValidator>();
        Services.AddOptions<TOptions>().BindConfiguration(section).ValidateOnStart();
        Services.AddSingleton(provider => provider.GetRequiredService<IOptions<TOptions>>().Value);
        return this;
    }

    /// <summary>
    /// Serves a gRPC contract from this process: <c>AddGrpcService&lt;KeysGrpc&gt;(KeysApi.BindService)</c>.
    /// The implementation is a singleton.
    /// </summary>
    public ModuleBuilder AddGrpcService<TService>(Action<ServiceBinderBase, TService> bind)
        where TService : class
    {
        Services.AddSingleton<TService>();
        grpcBindings.Add((provider, table) => bind(new MethodTableBinder(table), provider.GetRequiredService<TService>()));
        grpcRoutes.Add(endpoints => endpoints.MapGrpcService<TService>());
        return this;
    }

    /// <summary>
    /// A client of another service, wherever that runs: <c>AddGrpcClient(invoker => new KeysApi.KeysApiClient(invoker))</c>.
    /// In the same process its calls are method calls, so that a message passed to a call must not be changed afterwards.
    /// </summary>
    public ModuleBuilder AddGrpcClient<TClient>(Func<CallInvoker, TClient> create)
        where TClient : ClientBase
    {
        Services.AddSingleton(provider => create(provider.GetRequiredService<CallInvoker>()));
        // A generated client is nested in the class that knows its service.
        var service = typeof(TClient).DeclaringType?.GetProperty("Descriptor")?.GetValue(null) as ServiceDescriptor;
        return AddCalls(service ?? throw new ArgumentException($"{typeof(TClient)} is no generated client", nameof(create)));
    }

    /// <summary>Says that a service is called through <see cref="CallInvoker"/> itself, so that its place must be known.</summary>
    public ModuleBuilder AddCalls(params IEnumerable<ServiceDescriptor> services)
    {
        called.AddRange(services);
        return this;
    }

    /// <summary>The log of calls of the admin API, one for all modules of the process.</summary>
    public ModuleBuilder AddCallLog()
    {
        if (Services.Any(service => service.ServiceType == typeof(CallLog)))
            return this;
        AddGrpcClient(invoker => new DirectoriesApi.DirectoriesApiClient(invoker));
        Services.AddSingleton<CallLog>().AddHostedService(provider => provider.GetRequiredService<CallLog>());
        return this;
    }

    /// <summary>
    /// A TCP listener at the installation's port base + <paramref name="wellKnownPort"/>, on its listen address.
    /// </summary>
    public ModuleBuilder AddListener<THandler>(string name, int wellKnownPort, ListenerTls tls)
        where THandler : ConnectionHandler
    {
        Services.AddSingleton<THandler>();
        listeners.Add(ListenerPlan.For<THandler>(name, wellKnownPort, tls));
        return this;
    }

    /// <summary>A reaction to an event that one process of the role takes on for all of them: work.</summary>
    public ModuleBuilder AddWorker<TConsumer>()
        where TConsumer : class, IConsumer
    {
        consumers.Add(BusConsumer.Of<TConsumer>(Role));
        return this;
    }

    /// <summary>A reaction that every process of the role has: it keeps something in memory that the event concerns.</summary>
    public ModuleBuilder AddWitness<TConsumer>()
        where TConsumer : class, IConsumer
    {
        consumers.Add(BusConsumer.Of<TConsumer>(null));
        return this;
    }

    /// <summary>
    /// What must be done before anything of the process is served, in the order in which it is said. It is tried again while the
    /// server that it takes isn't there, so that it must be repeatable.
    /// </summary>
    /// <param name="needs">What it can't be done without, as readiness and the log name it.</param>
    public ModuleBuilder BeforeStart(string needs, Func<IServiceProvider, CancellationToken, Task> run)
    {
        Services.AddSingleton(new StartStep(needs, run));
        return this;
    }

    /// <summary>Routes of the HTTP and HTTPS listeners.</summary>
    public ModuleBuilder AddRoutes(Action<IEndpointRouteBuilder> map)
    {
        routes.Add(map);
        return this;
    }

    /// <summary>A misspelt setting would leave the default in force without anybody noticing.</summary>
    private void RefuseUnknown<TOptions>(string section)
    {
        var known = typeof(TOptions).GetProperties().Select(property => property.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var key in Configuration.GetSection(section).GetChildren().Select(child => child.Key).Where(key => !known.Contains(key)))
        {
            var allowed = string.Join(", ", known.Select(name => $"{section}:{name}"));
            throw new OptionsValidationException(section, typeof(TOptions), [$"{section}:{key} is no setting; allowed: {allowed}"]);
        }
    }
}
