import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import nodemailer from 'nodemailer';
import { projectPath } from '../../../src/config.js';
import { type Intake, startIntake } from '../../../src/features/disclosure/intake/listener.js';
import { parseMail } from '../../../src/features/disclosure/intake/parse.js';
import { jobs } from '../../../src/jobs/job.js';
import { newCertificate } from '../../support/certificate.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { mailsTo, newPerson } from '../accounts/people.js';

const own = 'security@bailiwick.test';
const operator = 'operator@bailiwick.test';
const certificate = newCertificate(['DNS:localhost']);
Object.assign(process.env, {
  TRUST_PROXY: 'loopback',
  SECURITY_CONTACT: own,
  SECURITY_OPERATOR: operator,
  DISCLOSURE_SMTP_PORT: '0',
  DISCLOSURE_TLS_CERTIFICATE: certificate.certificateFile,
  DISCLOSURE_TLS_KEY: certificate.keyFile,
});
let server: TestServer;
let intake: Intake;

before(async () => {
  server = await startTestServer({ tenants: 0 });
  const started = await startIntake();
  assert.ok(started);
  intake = started;
});
after(async () => {
  await intake?.close();
  certificate.remove();
  await server?.close();
});

interface Sent {
  readonly from?: string;
  readonly subject?: string;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  readonly messageId?: string;
  readonly envelopeFrom?: string;
  readonly attachments?: { filename: string; content: string }[];
}

/** A real conversation, encrypted by STARTTLS. Answers what the server said to the mail. */
async function send({ from = 'eve@researcher.test', envelopeFrom = from, ...mail }: Sent): Promise<string> {
  const carrier = nodemailer.createTransport({
    host: 'localhost',
    port: intake.port,
    requireTLS: true,
    tls: { ca: certificate.certificate },
  });
  const { response } = await carrier.sendMail({
    ...{ from, to: own, subject: 'A hole', text: 'Steps.', ...mail },
    envelope: { from: envelopeFrom, to: own },
  });
  return response;
}

async function count(table: string): Promise<number> {
  const { rows } = await server.database.admin.query(`select count(*)::int as count from shared.${table}`);
  return rows[0].count;
}

function command(...words: string[]): Promise<string> {
  const main = projectPath('dist', 'src', 'commands', 'main.js');
  const env = { ...process.env, STANDBY_TENANTS: '0', DATABASE_MIGRATE: 'off' };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [main, 'reports', ...words], { env }, (error, out, err) =>
      error ? reject(new Error(err)) : resolve(out),
    );
  });
}

test('a report by form has a page of its own, where both sides write (GV-5)', async () => {
  const reporter = newPerson(server);
  const wrong = await reporter.submit(
    '/security/reports/new',
    { subject: '', text: 'It leaks.', from: 'no address' },
    '/security/reports',
  );
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /Give it a title\./);
  assert.match(wrong.text, /It leaks\./);
  const fields = { subject: 'It leaks', text: 'Steps <script>', from: 'form@researcher.test', name: 'Eve' };
  const taken = await reporter.submit('/security/reports/new', fields, '/security/reports');
  assert.equal(taken.status, 303, taken.text);
  const page = await newPerson(server).get(taken.location);
  assert.match(page.text, /Steps &lt;script&gt;/);
  assert.match(page.text, /A person answers by/);
  assert.equal(page.headers.get('referrer-policy'), 'strict-origin');
  const [reference = ''] = /BW-\w{4}-\w{4}/.exec(page.text) ?? [];
  const [acknowledgement] = await mailsTo(server, 'form@researcher.test');
  assert.ok(acknowledgement?.text.includes(taken.location), 'the mail lacks the link');
  assert.equal((await mailsTo(server, operator)).at(-1)?.subject, `A security report came in: ${reference}`);

  await command('answer', reference, 'Thank', 'you.');
  await command('close', reference, 'accepted');
  const answered = await reporter.get(taken.location);
  assert.match(answered.text, /Thank you\./);
  assert.match(answered.text, /Accepted/);
  assert.equal(
    (await reporter.submit(taken.location, { text: 'And more.' }, `${taken.location}/messages`)).status,
    303,
  );
  const { rows } = await server.database.admin.query('select event from shared.platform_events order by id');
  assert.deepEqual(
    rows.map(({ event }) => event),
    ['report.received', 'report.answered', 'report.accepted', 'report.continued'],
  );
  assert.match(
    await command('show', reference),
    /Steps <script>[\s\S]*operator[\s\S]*Thank you\.[\s\S]*reporter[\s\S]*And more\./,
  );
});

test('nobody opens a report without its link, and the table holds neither text nor link (GV-5)', async () => {
  assert.equal((await newPerson(server).get(`/security/reports/${'a'.repeat(43)}`)).status, 404);
  assert.equal((await newPerson(server).get('/security/reports/short')).status, 404);
  const { rows } = await server.database.admin.query('select * from shared.reports');
  assert.doesNotMatch(JSON.stringify(rows), /leaks|researcher/);
});

test('a mail over STARTTLS is a report, with its attachment sealed and its verdicts kept (GV-5)', async () => {
  const said = await send({
    subject: 'Grüße ✓',
    text: 'By mail.',
    attachments: [{ filename: '../../ü.html', content: '<script>canary</script>' }],
  });
  const [reference = ''] = /BW-\w{4}-\w{4}/.exec(said) ?? [];
  assert.match(await command('show', reference), /From: .*<eve@researcher\.test>\nSubject: Grüße ✓\n\nBy mail\./);
  assert.equal((await mailsTo(server, 'eve@researcher.test')).length, 1);
  const { rows } = await server.database.admin.query(
    'select spf, dkim, dmarc, f.bytes, f.sealed from shared.reports r join shared.report_files f on f.report_id = r.id where reference = $1',
    [reference],
  );
  assert.equal(rows.length, 1);
  assert.equal(rows[0].bytes, 23);
  assert.ok(!rows[0].sealed.includes('canary'));
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-reports-'));
  assert.match(await command('files', reference, folder), /BW-\w{4}-\w{4}-1\ttext\/html\t.*ü\.html/);
  assert.deepEqual(readdirSync(folder), [`${reference}-1`]);
  assert.equal(readFileSync(join(folder, `${reference}-1`), 'utf8'), '<script>canary</script>');
  // Nobody signed it, and no name server vouches for it here.
  for (const verdict of ['spf', 'dkim', 'dmarc']) assert.notEqual(rows[0][verdict], 'pass');
});

test('the same mail twice is one report, and a sender gets one acknowledgement a day (GV-5)', async () => {
  const earlier = await count('reports');
  const mail = { from: 'twice@researcher.test', messageId: '<one@researcher.test>' };
  await send(mail);
  assert.match(await send(mail), /Known already/);
  await send({ ...mail, messageId: '<two@researcher.test>' });
  assert.equal((await count('reports')) - earlier, 2);
  assert.equal((await mailsTo(server, 'twice@researcher.test')).length, 1);
});

const machines: Record<string, Sent> = {
  'a bounce': { from: 'bounce@researcher.test', envelopeFrom: '' },
  'an automatic answer': { from: 'away@researcher.test', headers: { 'Auto-Submitted': 'auto-replied' } },
  'a list': { from: 'list@researcher.test', headers: { 'List-Id': '<a.list>' } },
  'bulk mail': { from: 'bulk@researcher.test', headers: { Precedence: 'bulk' } },
  'our own address': { from: own },
};

for (const [name, mail] of Object.entries(machines)) {
  test(`${name} is kept and not answered: no loop begins (RFC 3834, threat 24)`, async () => {
    const earlier = await count('reports');
    await send({ ...mail, messageId: `<${name.replaceAll(' ', '-')}@researcher.test>` });
    assert.equal((await count('reports')) - earlier, 1);
    assert.deepEqual(await mailsTo(server, mail.from ?? ''), []);
  });
}

test('only the security address is taken, no relay, no sign-in (threat 24)', async () => {
  const said = await converse([
    'EHLO x',
    'MAIL FROM:<a@b.test>',
    'RCPT TO:<elsewhere@example.org>',
    'AUTH PLAIN AA==',
    'QUIT',
  ]);
  assert.match(said, /^550 /m);
  assert.doesNotMatch(said, /^235 /m);
});

test('a mail that is too large, or whose header is, is refused and leaves nothing (threat 24)', async () => {
  const earlier = await count('reports');
  await assert.rejects(send({ text: 'x'.repeat(11 * 1024 * 1024) }), /552/);
  await assert.rejects(send({ headers: { 'X-Long': 'y '.repeat(70_000) } }), /451/);
  assert.equal(await count('reports'), earlier);
});

test('a bare line feed does not end a mail early, so none can be smuggled in (threat 24)', async () => {
  const earlier = await count('reports');
  await converse([
    'EHLO x',
    'MAIL FROM:<smuggler@b.test>',
    `RCPT TO:<${own}>`,
    'DATA',
    'From: smuggler@b.test\r\nSubject: one\r\n\r\nbody\n.\nMAIL FROM:<admin@b.test>\r\nRCPT TO:<security@bailiwick.test>\r\nDATA\r\nSubject: two\r\n\r\nx\r\n.',
    'QUIT',
  ]);
  assert.equal((await count('reports')) - earlier, 1);
});

test('hostile mails end in a text or in the end of the child, never in ours (threat 17)', async () => {
  const envelope = { ip: '203.0.113.1', helo: 'x', sender: 'a@b.test', host: 'localhost' };
  const parts = (depth: number): string =>
    depth === 0
      ? 'end'
      : `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n${parts(depth - 1)}\r\n--b${depth}--`;
  const nested = await parseMail(Buffer.from(`From: a@b.test\r\n${parts(200)}`), envelope).catch(
    (error: Error) => error,
  );
  assert.ok(nested);
  const html = '<img src="file:///etc/passwd"><a href="http://127.0.0.1/">x</a>';
  const mail = await parseMail(Buffer.from(`From: a@b.test\r\nContent-Type: text/html\r\n\r\n${html}`), envelope);
  assert.doesNotMatch(mail.text, /root:/);
});

test('the operator is reminded of promised times once each, before they are over and when they are (GV-5)', async () => {
  await server.database.admin.query("update shared.reports set closed_at = now(), state = 'resolved'");
  const taken = await send({ from: 'late@researcher.test', messageId: '<late@researcher.test>' });
  const [reference = ''] = /BW-\w{4}-\w{4}/.exec(taken) ?? [];
  const age = (hours: number) =>
    server.database.admin.query(
      `update shared.reports set received_at = now() - interval '${hours} hours' where reference = $1`,
      [reference],
    );
  const remind = () => jobs.get('disclosure.remind')?.run({});
  const told = async () =>
    (await mailsTo(server, operator)).map(({ subject }) => subject).filter((text) => text.includes('is'));
  for (const hours of [40, 41, 50, 51]) {
    await age(hours);
    await remind();
  }
  assert.deepEqual(await told(), [
    `The first answer to ${reference} is due soon`,
    `The first answer to ${reference} is overdue`,
  ]);
  await command('answer', reference, 'Hello.');
  await age(15 * 24);
  await remind();
  assert.equal((await told()).at(-1), `The assessment to ${reference} is overdue`);
});

/** Line by line, each after the answer to the one before. */
function converse(lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const left = [...lines];
    let said = '';
    const socket = connect(intake.port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      said += text;
      if (!/^\d{3} .*\r\n$/m.test(text)) return;
      const next = left.shift();
      if (next !== undefined) socket.write(`${next}\r\n`);
    });
    socket.on('close', () => resolve(said));
    socket.on('error', reject);
  });
}
