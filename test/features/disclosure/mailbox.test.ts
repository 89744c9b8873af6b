import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { config, readConfig } from '../../../src/config.js';
import { takeReport } from '../../../src/features/disclosure/actions.js';
import { type MailboxWatch, watchMailbox } from '../../../src/features/disclosure/intake/mailbox.js';
import { mailboxAddress } from '../../../src/features/disclosure/intake/mailbox-address.js';
import { jobs } from '../../../src/jobs/job.js';
import { newCertificate } from '../../support/certificate.js';
import { type ImapServer, type Mood, openImapServer } from '../../support/imap-server.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { until } from '../../support/until.js';
import { mailsTo } from '../accounts/people.js';

const operator = 'operator@bailiwick.test';
Object.assign(process.env, { SECURITY_CONTACT: 'security@bailiwick.test', SECURITY_OPERATOR: operator });
const certificate = newCertificate(['DNS:localhost']);
const pace = { pollMs: 200, retryMs: 20, longestMs: 100, mailMs: 60_000 };
let server: TestServer;
let box: ImapServer;
let watching: MailboxWatch | undefined;

before(async () => {
  server = await startTestServer({ tenants: 0 });
});
beforeEach(async () => {
  await server.database.admin.query('truncate shared.reports, shared.report_mailboxes, shared.mails cascade');
  await open();
});
afterEach(() => close());
after(async () => {
  certificate.remove();
  await server?.close();
});

async function open(options = {}): Promise<void> {
  box = await openImapServer(certificate, options);
  Object.assign(config(), { DISCLOSURE_IMAP_URL: box.url });
  watching = undefined;
}

async function close(): Promise<void> {
  await watching?.close();
  await box.close();
}

const watch = (more: Partial<typeof pace> = {}) => {
  watching = watchMailbox({ ...pace, ...more });
};

async function stop(): Promise<void> {
  await watching?.close();
  watching = undefined;
}

const mail = (id: string, more = '') =>
  `From: Eve <eve@researcher.test>\r\nTo: security@bailiwick.test\r\nSubject: ${id}\r\nMessage-ID: <${id}@researcher.test>\r\n${more}\r\nSteps of ${id}.\r\n`;

async function count(): Promise<number> {
  const { rows } = await server.database.admin.query('select count(*)::int as count from shared.reports');
  return rows[0].count;
}

const counted = (wanted: number) => until(`${wanted} reports`, async () => (await count()) === wanted);
const seen = () => box.mails.map(({ flags }) => flags.has('\\Seen'));

test('mails of a mailbox are reports: each once, marked as seen, never removed, over TLS that is verified (GV-5)', async () => {
  box.deliver(mail('one'));
  watch({ pollMs: 3_600_000 });
  await counted(1);
  // It idles: a new mail is told of, not looked for.
  await until('it idles', async () => box.commands.includes('IDLE'));
  box.deliver(mail('two'));
  await counted(2);
  await until('both are marked', async () => seen().every(Boolean));
  await stop();
  watch();
  await until(
    'it looked again',
    async () => box.commands.filter((command) => command.startsWith('UID SEARCH')).length > 2,
  );
  assert.equal(await count(), 2);
  assert.ok(
    box.commands.every((command) => !/EXPUNGE|\\Deleted|MOVE/i.test(command)),
    'something was to be removed',
  );
  const { rows } = await server.database.admin.query('select spf from shared.reports limit 1');
  assert.equal(rows[0].spf, 'unknown', 'who handed it in is not known here');
});

test('STARTTLS comes before the password, and without it none is sent (GV-5)', async () => {
  await close();
  await open({ starttls: true });
  box.deliver(mail('upgraded'));
  watch();
  await counted(1);
  const [at, login] = ['STARTTLS', 'LOGIN'].map((name) => box.commands.findIndex((each) => each.startsWith(name)));
  assert.ok(at !== undefined && login !== undefined && at >= 0 && at < login);
  await stop();
  box.commands.length = 0;
  Object.assign(config(), { DISCLOSURE_IMAP_URL: box.url.replace(/\?.*/, '') });
  watch();
  await until('it came twice', async () => box.commands.filter((each) => each === 'STARTTLS').length > 1);
  assert.ok(!box.commands.some((each) => each.startsWith('LOGIN')), 'the password went to a stranger');
});

const broken: readonly Mood[] = ['drip', 'garbage', 'huge literal', 'endless line', 'disconnect in the middle'];
for (const mood of broken) {
  test(`a server that answers with ${mood} takes nothing from us but this try (GV-5, threat 24)`, async () => {
    box.mood = mood;
    box.deliver(mail('later'));
    watch({ mailMs: 500 });
    await until('it was asked twice', async () => box.commands.filter((each) => /BODY/i.test(each)).length > 1);
    assert.equal(await count(), 0);
    assert.ok(process.memoryUsage().arrayBuffers < 200 * 1024 * 1024);
    box.mood = 'kind';
    await stop();
    watch();
    await counted(1);
  });
}

test('what was taken in before a crash is not taken in again, and what was not is (GV-5)', async () => {
  box.mood = 'disconnect before the flag';
  box.deliver(mail('crashed'));
  watch();
  await counted(1);
  await stop();
  assert.deepEqual(seen(), [false]);
  box.mood = 'kind';
  // A mailbox that was made anew numbers its mails anew: what is known is known by its Message-ID.
  box.uidValidity = 8;
  box.deliver(mail('anew'));
  watch();
  await counted(2);
  await until('both are marked', async () => seen().every(Boolean));
  assert.equal(await count(), 2);
});

test('two workers at one mailbox take each mail once (GV-5)', async () => {
  for (const id of ['a', 'b']) box.deliver(mail(id).replace(/Message-ID.*\r\n/, ''));
  const other = watchMailbox(pace);
  watch();
  await until('all are marked', async () => seen().every(Boolean));
  await other?.close();
  assert.equal(await count(), 2);
});

test('a mail that is too large, or says so, is not fetched; one whose header is too long stands in no one’s way (GV-5)', async () => {
  box.deliver(mail('claims'), 11 * 1024 * 1024);
  box.deliver(mail('lies', `X: ${'y'.repeat(11 * 1024 * 1024)}\r\n`), 100);
  box.deliver(mail('long', `X: ${'y '.repeat(70_000)}\r\n`));
  box.deliver(mail('fine'));
  watch();
  await counted(1);
  await until('it is marked', async () => seen().at(-1) === true);
  assert.deepEqual(seen(), [false, false, false, true]);
  const fetched = box.commands.filter((command) => /BODY/i.test(command));
  assert.equal(fetched.filter((command) => command.startsWith('UID FETCH 1 ')).length, 0);
  const told = (await mailsTo(server, operator))
    .map(({ subject }) => subject)
    .filter((each) => each.includes('mailbox'));
  assert.deepEqual(told, [
    'A mail in the security mailbox is larger than 10 MB',
    'A mail in the security mailbox is larger than 10 MB',
    'A mail in the security mailbox cannot be read: The header is too long',
  ]);
});

test('a reply of the reporter comes into the thread that its headers name, and a stranger’s does not (GV-5)', async () => {
  box.deliver(mail('first'));
  watch();
  await counted(1);
  const { rows } = await server.database.admin.query('select id, reference from shared.reports');
  const [{ id, reference }] = rows;
  const thread = `In-Reply-To: <0190.${reference}@localhost>\r\n`;
  box.deliver(mail('second', thread));
  box.deliver(mail('third').replace('Subject: third', `Subject: Re: ${reference}`));
  box.deliver(mail('foreign', thread).replace('eve@', 'mallory@'));
  await counted(2);
  const messages = await server.database.admin.query('select source from shared.report_messages where report_id = $1', [
    id,
  ]);
  assert.deepEqual(messages.rows, [{ source: 'mail' }, { source: 'mail' }]);
});

test('a mailbox needs encryption and a password, and excludes the listener (GV-5)', () => {
  assert.throws(() => readConfig({ DISCLOSURE_IMAP_URL: 'http://security:x@localhost' }), /DISCLOSURE_IMAP_URL/);
  const both = { DISCLOSURE_IMAP_URL: 'imaps://a:b@localhost', DISCLOSURE_SMTP_PORT: '25' };
  assert.throws(() => readConfig(both), /by one of them/);
  assert.throws(() => mailboxAddress('imaps://localhost/INBOX'), /must look like/);
  assert.throws(() => mailboxAddress('imaps://a:b@localhost/?tls=off'), /must look like/);
  const { options, folder, name } = mailboxAddress('imap://security%40acme.test:p%2Fw@mail.test/Reports');
  assert.deepEqual([options.port, options.secure, options.doSTARTTLS, folder], [143, false, true, 'Reports']);
  assert.equal(options.auth?.pass, 'p/w');
  assert.ok(!name.includes('p/w'));
});

test('the operator is reminded of promised times once each, before they are over and when they are (GV-5)', async () => {
  const written = { from: '', name: '', subject: 'Late', text: 'Steps.' };
  const { reference } = (await takeReport({ source: 'form', written, mayAnswer: false })) ?? {};
  const age = (hours: number) =>
    server.database.admin.query(
      `update shared.reports
       set acknowledge_by = now() + interval '${48 - hours} hours', resolve_by = now() + interval '${14 * 24 - hours} hours'
       where reference = $1`,
      [reference],
    );
  const remind = () => jobs.get('disclosure.remind')?.run({});
  const told = async () =>
    (await mailsTo(server, operator)).map(({ subject }) => subject).filter((text) => text.startsWith(`${reference}`));
  for (const hours of [40, 41, 50, 51]) {
    await age(hours);
    await remind();
  }
  assert.deepEqual(await told(), [
    `${reference} waits for its first answer, which is due soon`,
    `${reference} waits for its first answer, which is overdue`,
  ]);
  await server.database.admin.query('update shared.reports set answered_at = now()');
  await age(15 * 24);
  await remind();
  assert.equal((await told()).at(-1), `${reference} should be settled by now`);
});
