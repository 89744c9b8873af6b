import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { doctor } from '../../../src/commands/doctor/doctor.js';
import type { Finding } from '../../../src/commands/doctor/finding.js';
import { projectPath } from '../../../src/config.js';
import { folder, sql } from './stage.js';

function run(environment: NodeJS.ProcessEnv, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const main = projectPath('dist', 'src', 'commands', 'main.js');
  const env = { ...process.env, STANDBY_TENANTS: '0', ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'doctor', ...words], { env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err });
    });
  });
}

test('the command ends with 0 when nothing fails and with 1 otherwise, in words and as JSON (OP-3)', async () => {
  await sql(`update shared.accounts set password_hash = null`);
  const well = await run({ LOG_LEVEL: 'debug' });
  assert.equal(well.code, 0, well.out + well.err);
  assert.match(well.out, /^Bailiwick at http:\/\/localhost:\d+\n\nProgram\n {2}ok /);
  assert.match(well.out, /\n\d+ fine, \d+ notes, 0 warnings, 0 failures\.\n$/);
  const ill = await run({ BACKUP_MARKER: join(folder, 'never') }, '--json');
  assert.equal(ill.code, 1, ill.err);
  const { counts, findings } = JSON.parse(ill.out);
  assert.equal(counts.failure, 1);
  const [failed] = findings.filter(({ grade }: Finding) => grade === 'failure');
  assert.deepEqual([failed.check, typeof failed.todo], ['backups', 'string']);
  await assert.rejects(doctor(['--html']), /doctor \[--json\]/);
});

test('settings that do not fit, and a database that is away, are findings and not the end (OP-3)', async () => {
  const unset = await run({ PORT: 'none' });
  assert.deepEqual([unset.code, unset.err], [1, '']);
  assert.match(unset.out, /PORT: .*\n {11}Do: /);
  const away = await run({ DATABASE_URL: 'postgres://canary-user:canary-password@127.0.0.1:1/none' });
  assert.equal(away.code, 1);
  assert.match(away.out, /^Start\n {2}failure {2}The database does not answer \(ECONNREFUSED\)\.\n {11}Do: /m);
  assert.doesNotMatch(away.out, /could not be looked at/, 'it is said once');
  const strange = await run({ MASTER_KEY: Buffer.from('another deployment key, 32 bytes').toString('base64') });
  assert.match(strange.out, /The database does not know the logins of this installation/);
  assert.doesNotMatch(away.out + away.err, /canary/);
  const bare = await run({ NODE_ENV: 'production', MASTER_KEY: '', DATABASE_URL: 'postgres://x@127.0.0.1:1/none' });
  assert.match(bare.out, /It would not start: MASTER_KEY is missing/);
});
