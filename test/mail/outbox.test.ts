import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { config } from '../../src/config.js';
import { shared, sharedTransaction } from '../../src/database/shared.js';
import { jobs } from '../../src/jobs/job.js';
import { capturedMails } from '../../src/mail/captured.js';
import { checkMailSettings, mailDelivery, mailSweep } from '../../src/mail/deliver.js';
import { openMail, sendMail } from '../../src/mail/outbox.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase({ tenants: 0 });
});
after(() => database.close());

const canary = 'canary-person@example.com';
const verification = (to: string) => ({
  to,
  template: 'verify-email' as const,
  locals: { name: 'Canary Person', link: `${config().origin}/verification/canary-token`, minutes: 60 },
});

async function rows() {
  const { rows } = await database.admin.query<{ id: string; sealed: Buffer; tries: number; last_error: string | null }>(
    'select id, sealed, tries, last_error from shared.mails order by created_at',
  );
  return rows;
}

async function queued(): Promise<string[]> {
  const { rows } = await database.admin.query<{ payload: { mailId: string } }>(
    `select j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'mail.deliver'`,
  );
  return rows.map((row) => row.payload.mailId);
}

test('a mail waits sealed in the outbox, with a job that names only its id (IS-1, AC-2)', async () => {
  await sharedTransaction((db) => sendMail(db, verification(canary)));
  const [row] = await rows();
  assert.ok(row);
  assert.deepEqual(await queued(), [row.id]);
  for (const secret of ['canary', 'Confirm', 'Person']) assert.ok(!row.sealed.toString('latin1').includes(secret));
  const mail = openMail(row.id, row.sealed);
  assert.equal(mail.to, canary);
  assert.match(mail.text, /canary-token/);
});

test('a sealed mail does not open under another row, or when a byte was changed (CR-1)', async () => {
  const [row] = await rows();
  assert.ok(row);
  assert.throws(() => openMail('018f0000-0000-7000-8000-000000000000', row.sealed));
  const bent = Buffer.from(row.sealed);
  bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1;
  assert.throws(() => openMail(row.id, bent));
});

test('a mail of a transaction that fails is never sent (AC-2)', async () => {
  const earlier = await rows();
  const failing = sharedTransaction(async (db) => {
    await sendMail(db, verification(canary));
    throw new Error('the act failed');
  });
  await assert.rejects(failing, /the act failed/);
  assert.deepEqual(await rows(), earlier);
  assert.equal((await queued()).length, earlier.length);
});

test('without a mail server the mail is captured, and the row goes (OP-1)', async () => {
  checkMailSettings();
  const [row] = await rows();
  assert.ok(row);
  await mailDelivery.run({ mailId: row.id });
  assert.equal((await capturedMails())[0]?.to, canary);
  assert.deepEqual(await rows(), []);
  // The queue may repeat a job: what is sent is not sent again.
  await mailDelivery.run({ mailId: row.id });
  assert.equal((await capturedMails()).length, 1);
});

test('what is not one bare address is refused before it reaches the outbox (AC-2)', async () => {
  for (const to of [
    '',
    'alice',
    'a@b.example, eve@evil.example',
    'a@b.example\r\nBcc: eve@evil.example',
    'Eve <eve@evil.example>',
    `${'a'.repeat(250)}@b.example`,
  ]) {
    await assert.rejects(sendMail(shared(), verification(to)), to);
  }
  assert.deepEqual(await rows(), []);
});

test('a mail that cannot be opened is kept with its error and the job fails, to be tried again (AC-2)', async () => {
  await sendMail(shared(), verification(canary));
  const [row] = await rows();
  assert.ok(row);
  await database.admin.query(`update shared.mails set sealed = '\\x00'`);
  await assert.rejects(mailDelivery.run({ mailId: row.id }), /could not be sent: ERR_CRYPTO/);
  const [kept] = await rows();
  assert.deepEqual([kept?.tries, kept?.last_error], [1, 'ERR_CRYPTO_INVALID_AUTH_TAG']);
});

test('what could not be sent for a week is given up (GV-1)', async () => {
  await database.admin.query(`update shared.mails set created_at = now() - interval '6 days'`);
  await jobs.get('mail.sweep')?.run({});
  assert.equal((await rows()).length, 1);
  await database.admin.query(`update shared.mails set created_at = now() - interval '8 days'`);
  await mailSweep.run({});
  assert.equal((await rows()).length, 0);
});
