// What imapflow does with a server: lists, folders, append, search, flags, move, IDLE, and coming back with what it knew.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ImapFlow } from 'imapflow';

const { HOST, PORT, STARTTLS_PORT, LOGIN, PASSWORD, CA } = process.env;

function client(options = {}) {
    return new ImapFlow({
        host: HOST, port: Number(PORT), secure: true, auth: { user: LOGIN, pass: PASSWORD },
        tls: { ca: readFileSync(CA) }, logger: false, qresync: true, ...options
    });
}

function message(subject) {
    return `From: a@x.test\r\nTo: b@x.test\r\nSubject: ${subject}\r\n\r\nbody of ${subject}\r\n`;
}

async function until(what, condition) {
    const end = Date.now() + 60000;
    while (!condition()) {
        assert.ok(Date.now() < end, `${what} did not happen`);
        await new Promise(resolve => setTimeout(resolve, 20));
    }
}

const one = client();
await one.connect();
for (const name of ['CONDSTORE', 'QRESYNC', 'MOVE', 'IDLE', 'UIDPLUS', 'LIST-STATUS', 'OBJECTID', 'QUOTA'])
    assert.ok(one.capabilities.has(name), name);

const folders = await one.list({ statusQuery: { messages: true, unseen: true, uidNext: true, highestModseq: true } });
assert.equal(folders.find(folder => folder.path === 'INBOX').status.messages, 0);
assert.deepEqual(
    folders.filter(folder => folder.specialUse).map(folder => folder.specialUse).sort(),
    ['\\Archive', '\\Drafts', '\\Inbox', '\\Junk', '\\Sent', '\\Trash']);

const made = await one.mailboxCreate(['Entwürfe & Co', '台北 😀']);
assert.equal(made.path, 'Entwürfe & Co/台北 😀');
assert.ok(made.mailboxId);
assert.ok((await one.list()).some(folder => folder.path === made.path));

for (let i = 1; i <= 10; i++) {
    const added = await one.append('INBOX', message(`flow-${i}`), i % 2 ? ['\\Seen'] : []);
    assert.equal(added.uid, i);
}

await one.mailboxOpen('INBOX');
assert.equal(one.mailbox.exists, 10);
assert.deepEqual(await one.search({ seen: false }, { uid: true }), [2, 4, 6, 8, 10]);
assert.deepEqual(await one.search({ subject: 'flow-10', from: 'a@x' }, { uid: true }), [10]);

const fetched = await one.fetchOne('3', { uid: true, flags: true, envelope: true, bodyStructure: true, source: true, internalDate: true, size: true });
assert.equal(fetched.envelope.subject, 'flow-3');
assert.equal(fetched.source.toString(), message('flow-3'));
assert.ok(fetched.emailId);
assert.equal(fetched.bodyStructure.type, 'text/plain');
const part = await one.download('3', '1');
let content = '';
for await (const chunk of part.content)
    content += chunk;
assert.equal(content.trim(), 'body of flow-3');

assert.ok(await one.messageFlagsAdd('1:3', ['\\Flagged', '$Later']));
assert.deepEqual([...(await one.fetchOne('2', { flags: true })).flags].sort(), ['$Later', '\\Flagged']);

const known = { modseq: one.mailbox.highestModseq };
const moved = await one.messageMove({ uid: '9:10' }, made.path);
assert.deepEqual([...moved.uidMap.entries()], [[9, 1], [10, 2]]);
const copied = await one.messageCopy('1', made.path);
assert.deepEqual([...copied.uidMap.entries()], [[1, 3]]);
assert.equal((await one.status(made.path, { messages: true })).messages, 3);
const quota = await one.getQuota('INBOX');
assert.ok(quota.storage.limit > 0);

// A second connection changes things while the first one idles.
let exists = 0, vanished = [], flagged = [];
one.on('exists', event => { exists = event.count; });
one.on('expunge', event => { vanished.push(event.uid ?? event.seq); });
one.on('flags', event => { flagged.push(event.uid ?? event.seq); });
const idling = one.idle();
const two = client();
await two.connect();
await two.append('INBOX', message('while idle'), []);
await until('EXISTS in IDLE', () => exists === 9);
await two.mailboxOpen('INBOX');
await two.messageFlagsAdd({ uid: '4' }, ['\\Answered']);
await until('FETCH in IDLE', () => flagged.length > 0);
await two.messageDelete({ uid: '5' }, { uid: true });
await until('VANISHED in IDLE', () => vanished.includes(5));
await one.noop();
await idling;

// What changed since, by modseq.
const changed = [];
for await (const item of one.fetch('1:*', { uid: true, flags: true }, { changedSince: known.modseq }))
    changed.push(item.uid);
assert.ok(changed.includes(4) && changed.includes(11), changed.join());
assert.ok(!changed.includes(2), changed.join());
await one.mailboxDelete(made.path);
await two.logout();
await one.logout();

// Port 143 upgrades, and refuses a password before that.
const plain = client({ port: Number(STARTTLS_PORT), secure: false });
await plain.connect();
assert.ok(plain.secureConnection);
await plain.logout();
const stubborn = client({ port: Number(STARTTLS_PORT), secure: false, doSTARTTLS: false });
stubborn.on('error', () => {});
await assert.rejects(stubborn.connect());
console.log('imapflow is content');
