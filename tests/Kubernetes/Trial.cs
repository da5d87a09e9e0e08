using k8s;
using Mailstead.Kubernetes.Cluster;
using Mailstead.Kubernetes.Mail;
using Mailstead.Kubernetes.Node;
using Version = Mailstead.Kubernetes.Cluster.Version;

namespace Mailstead.Kubernetes;

/// <summary>
/// What an operator does with the chart in its life: install a version, test it, use it, upgrade it under load, go back, go on again,
/// change a certificate, remove it.
/// </summary>
internal sealed class Trial(Steps steps, IKubernetes api, SingleNode? node, Kubectl kubectl, TrialOptions options)
{
    private static readonly TimeSpan AroundAChange = TimeSpan.FromSeconds(10);

    public async Task RunAsync(Version previous, Version current, CancellationToken cancellationToken)
    {
        var installation = new Installation(api, kubectl, options.Values);
        await steps.RunAsync($"Install {previous.Name}", async () =>
        {
            await installation.PrepareAsync(cancellationToken);
            await installation.InstallAsync(previous, cancellationToken);
            return $"{(await installation.PodsAsync(cancellationToken)).Count} pods of roles";
        });
        await steps.RunAsync("helm test", () => installation.TestAsync(cancellationToken));
        IReadOnlyList<Account> accounts = [];
        await steps.RunAsync("Organization and users by the API", async () =>
        {
            accounts = await Accounts.CreateAsync(installation, kubectl, cancellationToken);
            return $"{accounts.Count} mailboxes";
        });
        var places = await installation.PlacesAsync(cancellationToken);
        await ExchangeAsync(places, accounts, cancellationToken);

        await UnderLoadAsync("Upgrade to " + current.Name, places, accounts, () => installation.UpgradeAsync(current, cancellationToken), cancellationToken);
        await steps.RunAsync("helm test", () => installation.TestAsync(cancellationToken));
        await steps.RunAsync("What the processes may do", async () =>
            await PodSafety.CheckAsync(node, kubectl, await installation.PodsAsync(cancellationToken), cancellationToken));
        await UnderLoadAsync("Roll back to " + previous.Name, places, accounts, () => installation.RollBackAsync(1, cancellationToken), cancellationToken);
        await ExchangeAsync(places, accounts, cancellationToken);
        await UnderLoadAsync("Upgrade again", places, accounts, () => installation.UpgradeAsync(current, cancellationToken), cancellationToken);
        await steps.RunAsync("A new certificate in its Secret", () => Certificates.ReplaceAsync(installation, kubectl, places, cancellationToken));
        await ExchangeAsync(await installation.PlacesAsync(cancellationToken), accounts, cancellationToken);
        await steps.RunAsync("Remove", async () =>
        {
            await installation.RemoveAsync(cancellationToken);
            return "";
        });
    }

    private Task ExchangeAsync(MailPlaces places, IReadOnlyList<Account> accounts, CancellationToken cancellationToken) =>
        steps.RunAsync("A message from user to user", () => Exchange.RunAsync(places, accounts[0], accounts[1], cancellationToken));

    /// <summary>A change while mail comes in and clients sync; then the books are compared with the mailboxes.</summary>
    private async Task UnderLoadAsync(
        string name, MailPlaces places, IReadOnlyList<Account> accounts, Func<Task> change, CancellationToken cancellationToken)
    {
        using var load = Load.Start(places, accounts, options.Rate);
        await load.GoOnAsync(AroundAChange, cancellationToken);
        await steps.RunAsync(name, async () =>
        {
            await change();
            return "under load";
        });
        await load.GoOnAsync(AroundAChange, cancellationToken);
        await steps.RunAsync("  the load's books", () => load.EndAsync(places, cancellationToken));
    }
}
