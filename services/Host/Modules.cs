using Mailstead.Admin;
using Mailstead.Delivery;
using Mailstead.Directories;
using Mailstead.Hosting.Modules;
using Mailstead.Imap;
using Mailstead.Ingress;
using Mailstead.Keys;
using Mailstead.Mailboxes;
using Mailstead.Submission;

namespace Mailstead.Host;

/// <summary>Every service there is.</summary>
internal static class Modules
{
    public static readonly IReadOnlyList<IModule> All =
    [
        new KeysModule(),
        new DirectoriesModule(),
        new MailboxesModule(),
        new DeliveryModule(),
        new IngressModule(),
        new SubmissionModule(),
        new ImapModule(),
        new AdminModule(),
    ];
}
