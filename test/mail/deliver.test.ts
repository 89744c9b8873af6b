import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { config } from '../../src/config.js';
import { shared } from '../../src/database/shared.js';
import { startJobs } from '../../src/jobs/runner.js';
import { mailDelivery } from '../../src/mail/deliver.js';
import { sendMail } from '../../src/mail/outbox.js';
import { type Certificate, newCertificate } from '../support/certificate.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { type MailServers, newMailServers } from './mail-server.js';

let database: TestDatabase;
let certificate: Certificate;
let mail: MailServers;

before(async () => {
  certificate = newCertificate(['IP:127.0.0.1']);
  mail = newMailServers(certificate);
  const port = await mail.start();
  process.env.SMTP_URL = `smtp://127.0.0.1:${port}?ca=${encodeURIComponent(certificate.certificateFile)}`;
  database = await openTestDatabase({ tenants: 0 });
});
after(async () => {
  await database.close();
  await mail.stop();
  certificate.remove();
});

// Asked for only when the settings of this file are there.
const link = () => `${config().origin}/verification/abc`;
const write = (to: string) =>
  sendMail(shared(), { to, template: 'verify-email', locals: { name: 'Alice', link: link(), minutes: 60 } });

async function outbox() {
  const { rows } = await database.admin.query<{ id: string; tries: number; last_error: string | null }>(
    'select id, tries, last_error from shared.mails',
  );
  return rows;
}

test('a greylisted mail stays with its error, is tried again by the queue, and goes when it is sent (AC-2)', async () => {
  await write('grey-canary@example.com');
  const [row] = await outbox();
  assert.ok(row);
  await assert.rejects(mailDelivery.run({ mailId: row.id }), (error: Error) => {
    assert.match(error.message, /451/);
    // The queue keeps a job's last error: it must name nobody.
    assert.doesNotMatch(error.message, /canary/);
    return true;
  });
  assert.deepEqual(await outbox(), [{ id: row.id, tries: 1, last_error: 'EENVELOPE 451' }]);
  await mailDelivery.run({ mailId: row.id });
  assert.deepEqual(await outbox(), []);
  const [got] = mail.received;
  assert.deepEqual([got?.to, got?.encrypted], [['grey-canary@example.com'], true]);
  assert.match(got?.raw ?? '', new RegExp(`^Message-ID: <${row.id}@localhost>`, 'm'));
});

test('a refused recipient is not tried again, and the error does not name them (AC-2, CR-6)', async () => {
  await write('nobody-canary@example.com');
  const [row] = await outbox();
  assert.ok(row);
  await mailDelivery.run({ mailId: row.id });
  assert.deepEqual(await outbox(), [{ id: row.id, tries: 1, last_error: 'EENVELOPE 550' }]);
  await database.admin.query('delete from shared.mails');
});

test('the queue delivers what was put into the outbox (AC-2)', async () => {
  const earlier = mail.received.length;
  await write('alice@example.com');
  const runner = await startJobs(1);
  try {
    const deadline = Date.now() + 20_000;
    while ((await outbox()).length > 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await outbox(), []);
    assert.deepEqual(
      mail.received.slice(earlier).map((got) => got.to),
      [['alice@example.com']],
    );
  } finally {
    await runner.stop();
  }
});
