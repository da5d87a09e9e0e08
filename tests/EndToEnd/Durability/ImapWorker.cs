using System.Net.Sockets;
using MailKit;
using MailKit.Net.Imap;
using Mailstead.EndToEnd.Harness;
using MimeKit;

namespace Mailstead.EndToEnd.Durability;

/// <summary>
/// A client that appends, moves and expunges until its server dies, and knows what must be there afterwards. What was not answered may
/// have happened or not: the next look decides, and from then on it must stay so.
/// </summary>
internal sealed class ImapWorker(MailsteadServer server, string address, string password)
{
    private static readonly string[] Names = ["Kill A", "Kill B"];

    /// <summary>Which message a UID was given to, for ever.</summary>
    private readonly Dictionary<(string Folder, uint Uid), string> given = [];
    private readonly Dictionary<string, uint> uidValidity = [];

    /// <summary>True: must be there once. False: must not be there. Null: either.</summary>
    private readonly Dictionary<string, bool?> expected = [];
    private readonly Dictionary<string, (string Folder, UniqueId Uid)> places = [];
    private ImapClient? client;
    private int appended;
    private int moved;
    private int expunged;

    public int Answered => appended + moved + expunged;

    public string Summary => $"{appended} appended, {moved} moved, {expunged} expunged";

    public async Task SignInAsync()
    {
        client?.Dispose();
        client = await Mailbox.ConnectAsync(server);
        await client.AuthenticateAsync(address, password);
        foreach (var name in Names.Where(_ => uidValidity.Count == 0))
            await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync(name, isMessageFolder: true);
    }

    public async Task WorkUntilDeadAsync()
    {
        try
        {
            while (true)
                await DoOneAsync();
        }
        catch (Exception dead) when (dead is IOException or SocketException or ProtocolException or ServiceNotConnectedException)
        {
            client!.Dispose();
        }
    }

    /// <summary>Compares what is there with what must be.</summary>
    public async Task CheckAsync()
    {
        await SignInAsync();
        var found = new Dictionary<string, (string Folder, UniqueId Uid)>();
        foreach (var name in Names)
        {
            var folder = await client!.GetFolderAsync(name);
            await folder.OpenAsync(FolderAccess.ReadOnly);
            Assert.Equal(folder.UidValidity, uidValidity.GetValueOrDefault(name, folder.UidValidity));
            uidValidity[name] = folder.UidValidity;
            foreach (var item in await folder.FetchAsync(0, -1, MessageSummaryItems.UniqueId | MessageSummaryItems.Envelope))
            {
                var id = item.Envelope!.MessageId!;
                Assert.True(found.TryAdd(id, (name, item.UniqueId)), $"{id} is there twice");
                Give(name, item.UniqueId, id);
            }

            var highest = given.Keys.Where(key => key.Folder == name).Select(key => key.Uid).DefaultIfEmpty().Max();
            Assert.True(folder.UidNext!.Value.Id > highest, $"{name}: UIDNEXT {folder.UidNext} after UID {highest} was given");
            await folder.CloseAsync();
        }

        foreach (var (id, isThere) in expected.ToList())
        {
            Assert.True(isThere is null || isThere == found.ContainsKey(id), $"{id}: expected {isThere}, found {found.ContainsKey(id)}");
            expected[id] = found.ContainsKey(id);
        }

        Assert.Empty(found.Keys.Except(expected.Keys));
        places.Clear();
        foreach (var (id, place) in found)
            places[id] = place;
    }

    private async Task DoOneAsync()
    {
        var choice = Random.Shared.Next(10);
        var movable = places.Where(pair => pair.Value.Folder == Names[0]).Select(pair => pair.Key).ToList();
        if (choice < 5 || movable.Count == 0)
            await AppendAsync();
        else if (choice < 8)
            await MoveAsync(movable[Random.Shared.Next(movable.Count)]);
        else
            await ExpungeAsync(places.Keys.ElementAt(Random.Shared.Next(places.Count)));
    }

    private async Task AppendAsync()
    {
        var message = new MimeMessage { MessageId = $"{Guid.CreateVersion7()}@imap.example", Subject = "Kill" };
        message.From.Add(new MailboxAddress("", address));
        message.Body = new TextPart { Text = new string('x', Random.Shared.Next(20_000)) };
        expected[message.MessageId] = null;
        var folder = await client!.GetFolderAsync(Names[0]);
        var uid = await folder.AppendAsync(message) ?? throw new InvalidOperationException("UIDPLUS is offered, so APPEND tells the UID");
        Give(Names[0], uid, message.MessageId);
        expected[message.MessageId] = true;
        places[message.MessageId] = (Names[0], uid);
        appended++;
    }

    private async Task MoveAsync(string id)
    {
        var source = await client!.GetFolderAsync(Names[0]);
        await source.OpenAsync(FolderAccess.ReadWrite);
        var uid = places[id].Uid;
        places.Remove(id);
        var map = await source.MoveToAsync([uid], await client.GetFolderAsync(Names[1]));
        Give(Names[1], map[uid], id);
        places[id] = (Names[1], map[uid]);
        moved++;
    }

    private async Task ExpungeAsync(string id)
    {
        var (name, uid) = places[id];
        var folder = await client!.GetFolderAsync(name);
        await folder.OpenAsync(FolderAccess.ReadWrite);
        places.Remove(id);
        expected[id] = null;
        await folder.AddFlagsAsync(uid, MessageFlags.Deleted, silent: true);
        await folder.ExpungeAsync([uid]);
        expected[id] = false;
        expunged++;
    }

    private void Give(string folder, UniqueId uid, string id)
    {
        if (!given.TryAdd((folder, uid.Id), id))
            Assert.Equal(id, given[(folder, uid.Id)]);
    }
}
