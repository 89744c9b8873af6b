import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { connect as connectSecurely } from 'node:tls';
import { config } from '../../../src/config.js';
import { type Intake, startIntake } from '../../../src/features/disclosure/intake/listener.js';
import { parseMail } from '../../../src/features/disclosure/intake/parse.js';
import { openThreadByReference } from '../../../src/features/disclosure/thread/actions.js';
import { listFilesOf } from '../../../src/features/disclosure/thread/files.js';
import { newCertificate } from '../../support/certificate.js';
import { openNameServer } from '../../support/name-server.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { mailsTo } from '../accounts/people.js';
import { converse as converseAt, own, type Sent, send as sendTo } from './mailing.js';

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

const send = (mail: Sent) => sendTo({ port: intake.port, ca: certificate.certificate }, mail);
const converse = (lines: readonly string[]) => converseAt(intake.port, lines);

async function count(table: string): Promise<number> {
  const { rows } = await server.database.admin.query(`select count(*)::int as count from shared.${table}`);
  return rows[0].count;
}

test('a mail over STARTTLS is a report, with its attachment sealed and its verdicts kept (GV-5)', async () => {
  const said = await send({
    subject: 'Grüße ✓',
    text: 'By mail.',
    attachments: [{ filename: '../../ü.html', content: '<script>canary</script>' }],
  });
  const [reference = ''] = /BW-\w{4}-\w{4}/.exec(said) ?? [];
  const { written, report } = await openThreadByReference(reference);
  assert.deepEqual([written.from, written.subject, written.text], ['eve@researcher.test', 'Grüße ✓', 'By mail.']);
  assert.equal((await mailsTo(server, 'eve@researcher.test')).length, 1);
  const { rows } = await server.database.admin.query(
    'select spf, dkim, dmarc, f.bytes, f.sealed from shared.reports r join shared.report_files f on f.report_id = r.id where reference = $1',
    [reference],
  );
  assert.equal(rows.length, 1);
  assert.equal(rows[0].bytes, 23);
  assert.ok(!rows[0].sealed.includes('canary'));
  const [file] = await listFilesOf(report);
  assert.deepEqual([file?.name, file?.mediaType], ['../../ü.html', 'text/html']);
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
  await assert.rejects(send({ headers: { 'X-Long': 'y '.repeat(70_000) } }), /554/);
  assert.equal(await count('reports'), earlier);
});

test('no other line end than the right one ends a mail, so none can be smuggled in (threat 24)', async () => {
  const earlier = await count('reports');
  const second = `MAIL FROM:<admin@b.test>\r\nRCPT TO:<${own}>\r\nDATA\r\nSubject: two\r\n\r\nx\r\n`;
  const ends = ['\n.\n', '\n.\r\n', '\r.\r', '\r\n.\n', '\r\n.\r', '\r.\r\n', '\r\n\0.\r\n', '\n\r.\r\n'];
  const said = await converse([
    'EHLO x',
    'MAIL FROM:<smuggler@b.test>',
    `RCPT TO:<${own}>`,
    'DATA',
    `From: smuggler@b.test\r\nSubject: one\r\n\r\n${ends.map((end) => `body${end}${second}`).join('')}\r\n.`,
    'QUIT',
  ]);
  assert.equal((await count('reports')) - earlier, 1);
  assert.equal(said.match(/^250 .*Kept/gm)?.length, 1);
});

test('commands that come all at once are taken in order, and one mail is one report (RFC 2920)', async () => {
  const earlier = await count('reports');
  const mail = 'From: quick@b.test\r\nSubject: all at once\r\n\r\nbody\r\n.';
  const said = await converse([
    ['EHLO x', 'MAIL FROM:<quick@b.test>', `RCPT TO:<${own}>`, 'DATA'].join('\r\n'),
    [mail, 'NOOP', 'QUIT'].join('\r\n'),
  ]);
  assert.match(said, /^354 [\s\S]*^250 .*Kept as BW-[\s\S]*^221 /m);
  assert.equal((await count('reports')) - earlier, 1);
});

test('what was said before the encryption does not count after it (RFC 3207, threat 24)', async () => {
  const plain = connect(intake.port, '127.0.0.1');
  await once(plain, 'data');
  plain.write('EHLO x\r\n');
  await once(plain, 'data');
  plain.write(`STARTTLS\r\nMAIL FROM:<injected@b.test>\r\nRCPT TO:<${own}>\r\n`);
  await once(plain, 'data');
  const secure = connectSecurely({ socket: plain, ca: certificate.certificate, servername: 'localhost' });
  await once(secure, 'secureConnect');
  secure.write('EHLO x\r\nDATA\r\n');
  let said = '';
  for await (const chunk of secure.setEncoding('utf8')) {
    said += chunk;
    if (/^50\d|^354/m.test(said)) break;
  }
  assert.match(said, /^503 /m);
  assert.doesNotMatch(said, /^354/m);
});

test('a hundred thousand recipients end the conversation after a few (threat 24)', async () => {
  const recipients = Array.from({ length: 100_000 }, (_, index) => `RCPT TO:<r${index}@elsewhere.test>`);
  const said = await converse(['EHLO x', 'MAIL FROM:<many@b.test>', recipients.join('\r\n')]);
  const answers: readonly string[] = said.match(/^(550|421) /gm) ?? [];
  assert.ok(answers.length < 50, `${answers.length} answers`);
  assert.ok(answers.includes('421 '));
  const header = `To: ${Array.from({ length: 100_000 }, (_, index) => `r${index}@elsewhere.test`).join(',\r\n ')}`;
  const refused = await converse([
    ...['EHLO x', 'MAIL FROM:<many@b.test>', `RCPT TO:<${own}>`, 'DATA'],
    `${header}\r\nSubject: many\r\n\r\nx\r\n.`,
    'QUIT',
  ]);
  assert.match(refused, /^554 /m);
});

test('ten megabytes are taken in as they are (GV-5)', async () => {
  const content = 'A hole. '.repeat((7 * 1024 * 1024) / 8);
  const said = await send({ messageId: '<large@b.test>', attachments: [{ filename: 'a.txt', content }] });
  const [reference = ''] = /BW-\w{4}-\w{4}/.exec(said) ?? [];
  const [file] = await listFilesOf((await openThreadByReference(reference)).report);
  assert.equal(file?.bytes, content.length);
});

test('SPF, DKIM and DMARC pass for who signs, and fail for who is forged, who gets no answer (GV-5, threat 24)', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const names = await openNameServer({
    'signing.test': 'v=spf1 ip4:127.0.0.1 ip6:::1 -all',
    'k._domainkey.signing.test': `v=DKIM1; k=rsa; p=${key}`,
    '_dmarc.signing.test': 'v=DMARC1; p=reject',
    'forged.test': 'v=spf1 -all',
    '_dmarc.forged.test': 'v=DMARC1; p=reject',
  });
  Object.assign(config(), { DISCLOSURE_NAME_SERVER: names.address });
  try {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const dkim = { domainName: 'signing.test', keySelector: 'k', privateKey: pem };
    const verdictsOf = async (said: string) => {
      const { report } = await openThreadByReference(/BW-\w{4}-\w{4}/.exec(said)?.[0] ?? '');
      return [report.spf, report.dkim, report.dmarc];
    };
    const signed = await send({ from: 'eve@signing.test', messageId: '<s@signing.test>', dkim });
    assert.deepEqual(await verdictsOf(signed), ['pass', 'pass', 'pass']);
    assert.equal((await mailsTo(server, 'eve@signing.test')).length, 1);
    const [thread = ''] = /BW-\w{4}-\w{4}/.exec(signed) ?? [];
    // Everybody can write this name into a mail, and whose thread it is besides.
    const forged = await send({ from: 'eve@forged.test', messageId: '<f@forged.test>', subject: `Re: ${thread}` });
    assert.deepEqual(await verdictsOf(forged), ['fail', 'none', 'fail']);
    assert.deepEqual(await mailsTo(server, 'eve@forged.test'), []);
    const taken = await send({
      from: 'eve@signing.test',
      messageId: '<g@b.test>',
      envelopeFrom: 'x@forged.test',
      subject: `Re: ${thread}`,
    });
    assert.doesNotMatch(taken, new RegExp(thread), 'a forged mail came into the thread');
  } finally {
    names.close();
    Object.assign(config(), { DISCLOSURE_NAME_SERVER: undefined });
  }
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
