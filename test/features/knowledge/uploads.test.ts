import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { before, beforeEach, test } from 'node:test';

process.env.VAR_DIR = mkdtempSync(join(tmpdir(), 'bailiwick-uploads-'));
const { varPath } = await import('../../../src/config.js');
const { discardUpload, emptyUpload, nameUpload, placeForUpload, sweepUploads, writeUpload } = await import(
  '../../../src/features/knowledge/uploads.js'
);

const tenant = 'tenant_0123456789abcdef';
const document = '0190a000-0000-7000-8000-000000000000';
const here = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const noProcess = 2 ** 22 + 1;

before(async () => {
  await sweepUploads();
});
beforeEach(() => sweepUploads());

function leave(owner: string, name: string, ageSeconds = 0): string {
  const path = varPath('uploads', `${owner}.${name}`);
  writeFileSync(path, 'left behind');
  const at = new Date(Date.now() - ageSeconds * 1000);
  utimesSync(path, at, at);
  return path;
}

const named = `x.${tenant}.${document}.upload`;

test('what a dead process of this machine left is found, emptied and names its document (KB-3)', async () => {
  const path = leave(`${here}-${noProcess}`, named);
  const arriving = leave(`${here}-${noProcess}`, 'y.arriving');
  const orphans = await sweepUploads();
  assert.deepEqual(orphans, [{ path, tenantId: tenant, documentId: document }]);
  assert.equal(statSync(path).size, 0, 'the content is gone before the document is told');
  assert.ok(!existsSync(arriving));
  await discardUpload(path);
  assert.ok(!existsSync(path));
});

test('what a living process works on is left alone, on this machine and on others that share the folder', async () => {
  const neighbour = leave(`${here}-${process.ppid}`, named);
  const elsewhere = leave('deadbeef-1', named);
  assert.deepEqual(await sweepUploads(), []);
  assert.ok(existsSync(neighbour) && existsSync(elsewhere));
});

test('what nobody has touched for a minute has lost its process, wherever that was', async () => {
  const elsewhere = leave('deadbeef-1', named, 61);
  const stray = leave('no owner', 'at all', 61);
  assert.deepEqual(
    (await sweepUploads()).map(({ path }) => path),
    [elsewhere],
  );
  assert.ok(!existsSync(stray));
});

test('what this process holds is its own, and an earlier process of the same number is another', async () => {
  const held = await writeUpload(Buffer.from('mine'), tenant, document);
  const arriving = placeForUpload();
  writeFileSync(arriving, 'arriving');
  const earlier = leave(`${here}-${process.pid}`, named);
  assert.deepEqual(
    (await sweepUploads()).map(({ path }) => path),
    [earlier],
  );
  const taken = await nameUpload(arriving, tenant, document);
  assert.ok(basename(taken).endsWith(`.${tenant}.${document}.upload`) && !existsSync(arriving));
  await emptyUpload(held);
  assert.equal(statSync(held).size, 0);
  await Promise.all([discardUpload(held), discardUpload(taken), discardUpload(earlier)]);
});

test('two uploads of one document never meet in one file', async () => {
  const [one, other] = await Promise.all(
    ['one', 'other'].map((content) => writeUpload(Buffer.from(content), tenant, document)),
  );
  assert.notEqual(one, other);
  await Promise.all([discardUpload(one ?? ''), discardUpload(other ?? '')]);
});
