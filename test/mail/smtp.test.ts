import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { newId } from '../../src/database/id.js';
import { describeRejection, smtpCarrier } from '../../src/mail/smtp.js';
import { type Certificate, newCertificate } from '../support/certificate.js';
import { type MailServers, newMailServers, type Received } from './mail-server.js';

let certificate: Certificate;
let mail: MailServers;

before(() => {
  certificate = newCertificate(['IP:127.0.0.1', 'DNS:localhost']);
  mail = newMailServers(certificate);
});
after(async () => {
  await mail.stop();
  certificate.remove();
});

const from = 'Bailiwick <no-reply@bailiwick.example>';
const origin = 'https://bailiwick.example';
const trusted = () => `?ca=${encodeURIComponent(certificate.certificateFile)}`;
const letter = (to: string, subject = 'Grüße ✓') => ({
  id: newId(),
  to,
  subject,
  text: 'Hallo Wörld\n',
  html: '<p>Hallo Wörld</p>',
});

/** Sends one mail and answers what the server got of it, or the refusal. */
async function send(
  url: string,
  letterToSend: ReturnType<typeof letter>,
): Promise<Received | ReturnType<typeof describeRejection>> {
  const earlier = mail.received.length;
  try {
    await smtpCarrier({ url, from, origin })(letterToSend);
  } catch (error) {
    return describeRejection(error);
  }
  assert.equal(mail.received.length, earlier + 1);
  const [last] = mail.received.slice(-1);
  assert.ok(last);
  return last;
}

test('a mail goes out over STARTTLS, signed in, to one recipient, as text and HTML (AC-2)', async () => {
  const port = await mail.start();
  const sent = letter('alice@example.com');
  const got = await send(`smtp://user:p%40ss%3Aword%2F@127.0.0.1:${port}${trusted()}`, sent);
  assert.ok('raw' in got);
  assert.deepEqual(
    [got.from, got.to, got.encrypted, got.user],
    ['no-reply@bailiwick.example', ['alice@example.com'], true, 'user'],
  );
  assert.match(got.raw, new RegExp(`^Message-ID: <${sent.id}@bailiwick\\.example>`, 'm'));
  assert.match(got.raw, /^Auto-Submitted: auto-generated/m);
  assert.match(got.raw, /^Subject: =\?UTF-8\?/m);
  assert.match(got.raw, /^Content-Type: multipart\/alternative/m);
});

test('smtps: is encrypted from the first byte (AC-2)', async () => {
  const port = await mail.start({ secure: true });
  const got = await send(`smtps://127.0.0.1:${port}${trusted()}`, letter('alice@example.com'));
  assert.ok('raw' in got && got.encrypted);
});

test('a server that does not offer encryption gets nothing (CR-2)', async () => {
  const port = await mail.start({ disabledCommands: ['STARTTLS'] });
  assert.deepEqual(await send(`smtp://127.0.0.1:${port}${trusted()}`, letter('alice@example.com')), {
    text: 'ETLS 500',
    final: false,
  });
});

test('a server whose certificate nobody vouches for, or that names another host, gets nothing (CR-2)', async () => {
  const port = await mail.start();
  const stranger = await send(`smtp://127.0.0.1:${port}`, letter('alice@example.com'));
  assert.ok('final' in stranger && !stranger.final);
  const elsewhere = newCertificate(['DNS:other.example']);
  try {
    const impostor = await mail.start({ cert: elsewhere.certificate, key: elsewhere.key });
    const url = `smtp://127.0.0.1:${impostor}?ca=${encodeURIComponent(elsewhere.certificateFile)}`;
    assert.ok('final' in (await send(url, letter('alice@example.com'))));
  } finally {
    elsewhere.remove();
  }
});

test('TLS 1.1 is not spoken to a mail server (CR-2)', async () => {
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const port = await mail.start({ secure: true, ...old });
  const [protocol] = await new Promise<(string | null)[]>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: certificate.certificate, ...old }, () => {
      resolve([socket.getProtocol()]);
      socket.destroy();
    }).once('error', reject);
  });
  assert.equal(protocol, 'TLSv1.1', 'the server does speak it');
  assert.ok('final' in (await send(`smtps://127.0.0.1:${port}${trusted()}`, letter('alice@example.com'))));
});

test('smtp://localhost needs no encryption, the same server by another name does (CR-2)', async () => {
  const port = await mail.start({ disabledCommands: ['STARTTLS'] });
  const got = await send(`smtp://localhost:${port}`, letter('alice@example.com'));
  assert.ok('raw' in got && !got.encrypted);
});

test('an unknown recipient is final, a greylisted one is tried again and then accepted (AC-2)', async () => {
  const url = `smtp://127.0.0.1:${await mail.start()}${trusted()}`;
  assert.deepEqual(await send(url, letter('nobody@example.com')), { text: 'EENVELOPE 550', final: true });
  assert.deepEqual(await send(url, letter('grey@example.com')), { text: 'EENVELOPE 451', final: false });
  assert.ok('raw' in (await send(url, letter('grey@example.com'))));
});

test('a wrong password for the mail server is not the recipient’s fault, and is not repeated in the error (CR-6)', async () => {
  const port = await mail.start();
  assert.deepEqual(await send(`smtp://user:canary@127.0.0.1:${port}${trusted()}`, letter('alice@example.com')), {
    text: 'EAUTH 535',
    final: false,
  });
});

test('line ends in a subject or an address add no header and no recipient (AC-2, V1.3.11)', async () => {
  const url = `smtp://127.0.0.1:${await mail.start()}${trusted()}`;
  const got = await send(
    url,
    letter('alice@example.com', 'Hi\r\nBcc: eve@evil.example\r\n\r\nbody\n.\r\nMAIL FROM:<x>'),
  );
  assert.ok('raw' in got);
  const [head = ''] = got.raw.split('\r\n\r\n');
  assert.doesNotMatch(head, /^(Bcc|MAIL FROM)/m);
  assert.deepEqual(got.to, ['alice@example.com']);
  for (const to of ['alice@example.com\r\nRCPT TO:<eve@evil.example>', 'alice@example.com>\r\nBcc: eve@evil.example']) {
    const sent = await send(url, letter(to));
    if ('raw' in sent) assert.ok(!sent.to.includes('eve@evil.example') && !/^(Bcc|RCPT)/m.test(sent.raw), sent.raw);
  }
});

test('a text cannot pull a file or an address of the network into the mail (IN-6)', async () => {
  const url = `smtp://127.0.0.1:${await mail.start()}${trusted()}`;
  const sneaky = { ...letter('alice@example.com'), html: { path: '/etc/passwd' } as unknown as string };
  assert.ok('final' in (await send(url, sneaky)));
});

test('a server that is away is a passing failure (AC-2)', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const address = closed.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await new Promise((resolve) => closed.close(resolve));
  assert.deepEqual(await send(`smtp://127.0.0.1:${port}`, letter('alice@example.com')), {
    text: 'ESOCKET',
    final: false,
  });
});

test('a setting that is not a mail server’s URL, or switches checks off, is refused with its name (OP-1)', () => {
  for (const url of [
    'mail.example',
    'http://mail.example',
    'smtp://',
    'smtp://mail.example?tls.rejectUnauthorized=false',
  ]) {
    assert.throws(() => smtpCarrier({ url, from, origin }), /SMTP_URL/, url);
  }
});
