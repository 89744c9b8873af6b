import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { config } from '../../../src/config.js';
import { type MailboxWatch, watchMailbox } from '../../../src/features/disclosure/intake/mailbox.js';
import { newCertificate } from '../../support/certificate.js';
import { type Dovecot, hasDovecot, openDovecot } from '../../support/dovecot.js';
import { type NameServer, openNameServer } from '../../support/name-server.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { until } from '../../support/until.js';
import { mailsTo } from '../accounts/people.js';

const operator = 'operator@bailiwick.test';
const pace = { pollMs: 3_600_000, retryMs: 50, longestMs: 200, mailMs: 60_000 };

/** As Maildir++ writes `Meldungen & Löcher` (RFC 3501 §5.1.3). */
const folder = 'Meldungen &- L&APY-cher';

const mail = (id: string, more = '') =>
  `From: Eve <eve@researcher.test>\nTo: security@bailiwick.test\nSubject: ${id}\nMessage-ID: <${id}@researcher.test>\n${more}\nSteps of ${id}.\n`;

/** What openImapServer imitates, by a server that nobody here wrote. */
describe('a mailbox on Dovecot', { skip: hasDovecot ? false : 'Dovecot is not installed here' }, () => {
  const certificate = newCertificate(['DNS:localhost']);
  let server: TestServer;
  let names: NameServer;
  let dovecot: Dovecot;
  let watching: MailboxWatch | undefined;

  before(async () => {
    server = await startTestServer({ tenants: 0 });
    names = await openNameServer({});
    Object.assign(config(), { DISCLOSURE_NAME_SERVER: names.address, SECURITY_OPERATOR: operator });
  });
  beforeEach(async () => {
    await server.database.admin.query('truncate shared.reports, shared.report_mailboxes, shared.mails cascade');
    dovecot = await openDovecot(certificate);
  });
  afterEach(async () => {
    await stop();
    await dovecot.remove();
  });
  after(async () => {
    const none = { DISCLOSURE_IMAP_URL: undefined, DISCLOSURE_NAME_SERVER: undefined, SECURITY_OPERATOR: undefined };
    Object.assign(config(), none);
    names.close();
    certificate.remove();
    await server?.close();
  });

  function watch(url = dovecot.url): void {
    Object.assign(config(), { DISCLOSURE_IMAP_URL: url });
    watching = watchMailbox(pace);
  }

  async function stop(): Promise<void> {
    await watching?.close();
    watching = undefined;
  }

  async function count(): Promise<number> {
    const { rows } = await server.database.admin.query('select count(*)::int as count from shared.reports');
    return rows[0].count;
  }

  const counted = (wanted: number) => until(`${wanted} reports`, async () => (await count()) === wanted);
  const flags = (folder?: string) => [...dovecot.mails.flags(folder).values()];
  const allSeen = (folder?: string) => until('all are seen', () => flags(folder).every((each) => each === 'S'));

  test('tells of a new mail while it idles, keeps each as seen, and gives none out twice, though numbers change (GV-5)', async () => {
    dovecot.mails.deliver(mail('one'));
    watch();
    await counted(1);
    const two = dovecot.mails.deliver(mail('two'));
    await counted(2);
    await allSeen();
    // As after a restore without the latest: the third mail gets the number that the second one had.
    await dovecot.stop();
    dovecot.mails.remove(two);
    dovecot.mails.forgetNumbers();
    await dovecot.start();
    dovecot.mails.deliver(mail('three'));
    await counted(3);
    await allSeen();
    assert.equal(flags().length, 2, 'something was removed');
  });

  test('gets the password after STARTTLS, and only with a certificate that is trusted; a wrong one ends nothing (GV-5)', async () => {
    dovecot.mails.deliver(mail('upgraded'));
    for (const url of [dovecot.url, dovecot.startTlsUrl]) {
      watch(url.replace(/\?.*/, ''));
      const refused = () => dovecot.log().match(/no auth attempts/g)?.length ?? 0;
      const before = refused();
      await until('it came and went', () => refused() > before + 1);
      await stop();
    }
    assert.doesNotMatch(dovecot.log(), /auth failed|Login: user/, 'the password went to a stranger');
    watch(dovecot.startTlsUrl.replace('open', 'shut'));
    await until('it was refused twice', () => (dovecot.log().match(/auth failed/g)?.length ?? 0) > 1);
    await stop();
    assert.equal(await count(), 0);
    watch(dovecot.startTlsUrl);
    await counted(1);
    await until('it is seen', () => flags()[0] === 'S');
  });

  test('leaves what is too large unseen, reads the rest behind it, and finds a folder that is made later (GV-5)', async () => {
    watch(dovecot.url.replace('INBOX', 'Meldungen%20%26%20Löcher'));
    await until('the folder was missed', () => /Login: user/.test(dovecot.log()));
    dovecot.mails.makeFolder(folder);
    dovecot.mails.deliver(mail('large', `X: ${`${'y'.repeat(900)}\n `.repeat(13_000)}\n`), folder);
    dovecot.mails.deliver(mail('long', `X: ${'y '.repeat(70_000)}\n`), folder);
    dovecot.mails.deliver(mail('fine'), folder);
    await counted(1);
    await until('one is seen', () => flags(folder).join() === ',,S');
    const told = (await mailsTo(server, operator)).map(({ subject }) => subject);
    assert.deepEqual(told.slice(0, 2), [
      'A mail in the security mailbox is larger than 10 MB',
      'A mail in the security mailbox cannot be read: The header is too long',
    ]);
  });
});
