import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import bcrypt from 'bcrypt';
import { TooManyRequests, UpstreamFailed } from '../../../src/errors.js';
import { hashPassword, passwordHashCount, verifyPassword } from '../../../src/features/accounts/password.js';

// Hashes of cost 4; the last test asks an installation for its own.
process.env.NODE_ENV = 'test';
const pepper = 'a pepper of this deployment';
const workers: Worker[] = [];
const remember = (worker: Worker) => workers.push(worker);
before(() => process.on('worker', remember));
after(() => process.off('worker', remember));

test('a password opens its own hash and nothing else does (AC-1)', async () => {
  const hash = await hashPassword('correct horse battery', pepper);
  assert.equal(await verifyPassword('correct horse battery', hash, pepper), true);
  for (const other of ['Correct horse battery', 'correct horse battery ', 'correct horse batter', '']) {
    assert.equal(await verifyPassword(other, hash, pepper), false, JSON.stringify(other));
  }
  assert.equal(await verifyPassword('correct horse battery', hash, 'another pepper'), false);
});

test('every byte counts: twins that share 72 bytes or differ after a NUL are different (AC-1)', async () => {
  const shared = 'x'.repeat(72);
  const hash = await hashPassword(`${shared}a`, pepper);
  assert.equal(await verifyPassword(`${shared}b`, hash, pepper), false);
  assert.equal(await verifyPassword(`${shared}a`, hash, pepper), true);
  const withNul = await hashPassword('left\0right', pepper);
  assert.equal(await verifyPassword('left\0wrong', withNul, pepper), false);
  assert.equal(await verifyPassword('left', withNul, pepper), false);
  // Positive control: bcrypt by itself takes the twins for the same password.
  assert.equal(bcrypt.compareSync(`${shared}b`, bcrypt.hashSync(`${shared}a`, 4)), true);
});

test('a password typed in another Unicode form is the same password (AC-1)', async () => {
  const hash = await hashPassword('Ünïcode päßwörter'.normalize('NFC'), pepper);
  assert.equal(await verifyPassword('Ünïcode päßwörter'.normalize('NFD'), hash, pepper), true);
});

test('the same password hashes differently each time, and the hash does not hold it (AC-1)', async () => {
  const [one, other] = [
    await hashPassword('correct horse battery', pepper),
    await hashPassword('correct horse battery', pepper),
  ];
  assert.notEqual(one, other);
  assert.match(one, /^\$2b\$\d\d\$[./A-Za-z0-9]{53}$/);
});

test('one hash per attempt, whether the account exists or not (AC-1, AC-13)', async () => {
  const hash = await hashPassword('correct horse battery', pepper);
  const cases: [string, string | undefined][] = [
    ['correct horse battery', hash],
    ['wrong horse battery', hash],
    ['correct horse battery', undefined],
    ['correct horse battery', ''],
    ['correct horse battery', 'not a hash'],
  ];
  for (const [password, stored] of cases) {
    const earlier = passwordHashCount();
    await verifyPassword(password, stored, pepper);
    assert.equal(passwordHashCount() - earlier, 1, String(stored));
  }
});

test('more than eight waiting attempts are told to come back (AC-13)', async () => {
  const attempts = Array.from({ length: 12 }, () => verifyPassword('correct horse battery', undefined, pepper));
  const settled = await Promise.allSettled(attempts);
  const refused = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  assert.equal(refused.length, 3);
  for (const reason of refused) {
    assert.ok(reason instanceof TooManyRequests);
    assert.equal(reason.retryAfter, 2);
  }
  assert.equal(await verifyPassword('correct horse battery', undefined, pepper), false);
});

test('when the hash worker dies, the attempt that ran fails and the next ones get a new worker (AC-1)', async () => {
  await hashPassword('correct horse battery', pepper);
  const started = workers.length;
  // Killed first: what is handed to it in the same breath is never finished, however fast the machine.
  void workers.at(-1)?.terminate();
  const running = assert.rejects(hashPassword('correct horse battery', pepper), UpstreamFailed);
  const waiting = hashPassword('correct horse battery', pepper);
  await running;
  assert.match(await waiting, /^\$2b\$/);
  assert.equal(workers.length, started + 1);
});

test('a running installation hashes with cost 12, beside the event loop and the file system (AC-1)', async () => {
  const module = new URL('../../../src/features/accounts/password.js', import.meta.url).href;
  const script = `
    import { readFile } from 'node:fs/promises';
        import { hashPassword } from '${module}';
    const order = [];
    const hash = hashPassword('correct horse battery', 'pepper').finally(() => order.push('hash'));
    await readFile('${fileURLToPath(import.meta.url)}').then(() => order.push('file'));
    process.stdout.write([await hash, ...order].join(' '));`;
  const secret = () => randomBytes(32).toString('base64');
  // That it comes back at all shows that an idle worker lets the process end.
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 30_000,
    env: {
      NODE_ENV: 'production',
      UV_THREADPOOL_SIZE: '1',
      BASE_URL: 'https://bailiwick.example',
      DATABASE_URL: 'postgres://user@localhost/bailiwick',
      SESSION_SECRET: secret(),
      MASTER_KEY: secret(),
    },
  });
  const [hash = '', ...order] = stdout.split(' ');
  assert.match(hash, /^\$2b\$12\$/);
  assert.deepEqual(order, ['file', 'hash']);
});
