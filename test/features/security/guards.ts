import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { varPath } from '../../../src/config.js';
import { tellHere } from '../../../src/database/shared.js';
import { checkClaims } from '../../../src/features/security/checks.js';
import type { Finding, Probe } from '../../../src/features/security/claim.js';
import { judgeConnection } from '../../../src/features/security/claims/database.js';
import { publicKey, publicKeyFingerprint } from '../../../src/vault/signature.js';
import type { TestServer } from '../../support/server.js';
import { Visitor } from '../../support/visitor.js';

interface Stage {
  readonly server: TestServer;
  readonly tenantId: string;
}

/** Claims whose guard is not a header or a right: each is taken away once, and the page says so within one check. */
export function testGuards(stage: () => Stage): void {
  const found = async (id: string, probe: Partial<Probe> = {}): Promise<Finding> => {
    const finding = (await checkClaims({ origin: stage().server.origin, ...probe })).get(id);
    assert.ok(finding, id);
    const { text } = await new Visitor(stage().server.origin).get('/security');
    assert.ok(text.includes(`data-claim="${id}" data-state="${finding.state}"`), `${id} on the page`);
    return finding;
  };
  const run = (statement: string) => stage().server.database.admin.query(statement);

  test('a password that is cheap to guess is found (AC-1, GV-4)', async () => {
    await run('alter table shared.accounts add column kept text; update shared.accounts set kept = password_hash');
    await run("update shared.accounts set password_hash = '$2b$12$' || repeat('a', 53)");
    assert.equal((await found('passwords')).state, 'enforced');
    await run("update shared.accounts set password_hash = '$2b$04$' || repeat('a', 53)");
    assert.match((await found('passwords')).evidence, /cheaper than bcrypt of cost 12/);
    await run('update shared.accounts set password_hash = kept; alter table shared.accounts drop column kept');
  });

  test('a counter that does not count is found (CR-5, GV-4)', async () => {
    await run(`create function shared.forget() returns trigger language plpgsql as
      $$ begin new.hits := 1; return new; end $$`);
    await run(
      'create trigger forget before update on shared.rate_limits for each row execute function shared.forget()',
    );
    assert.deepEqual(await found('limits'), { state: 'off', evidence: 'it said 1, 1, 1.' });
    await run('drop function shared.forget() cascade');
    assert.equal((await found('limits')).state, 'enforced');
  });

  test('a key that does not open what it sealed is found (CR-1, GV-4)', async () => {
    const forget = () => tellHere('tenant-keys', stage().tenantId);
    await run('create table shared.kept_keys as select * from shared.tenant_keys');
    await run("update shared.tenant_keys set wrapped = '\\x00'::bytea || wrapped");
    forget();
    assert.equal((await found('sealed-content')).state, 'off');
    await run(`update shared.tenant_keys k set wrapped = o.wrapped from shared.kept_keys o
      where (o.tenant_id, o.purpose, o.generation) = (k.tenant_id, k.purpose, k.generation)`);
    await run('drop table shared.kept_keys');
    forget();
    assert.equal((await found('sealed-content')).state, 'enforced');
  });

  test('forms that are taken without their token are found (CR-4, GV-4)', async () => {
    await answering(
      (_asked, answer) => answer.writeHead(303, { location: '/' }).end(),
      async (origin) => {
        const finding = await found('forged-forms', { origin });
        assert.deepEqual([finding.state, /303/.test(finding.evidence)], ['off', true]);
      },
    );
  });

  test('plain HTTP that answers by itself is found, one that leads on is not (CR-2, GV-4)', async () => {
    const origin = 'https://localhost:1';
    await answering(
      (_asked, answer) => answer.end('in the clear'),
      async (plainOrigin) => {
        assert.deepEqual(await found('https-only', { origin, plainOrigin }), {
          state: 'off',
          evidence: 'It answers with 200.',
        });
      },
    );
    await answering(
      (_asked, answer) => answer.writeHead(308, { location: `${origin}/` }).end(),
      async (plainOrigin) => {
        assert.equal((await found('https-only', { origin, plainOrigin })).state, 'enforced');
      },
    );
  });

  test('a page that loads from elsewhere is found (GV-6, GV-4)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-views-'));
    writeFileSync(join(folder, 'page.ejs'), '<p>Fine: <a href="https://example.org/">a link</a></p>');
    assert.equal((await found('nothing-foreign', { folders: [folder] })).state, 'enforced');
    writeFileSync(join(folder, 'other.ejs'), '<img src="https://example.org/pixel.gif">');
    assert.equal((await found('nothing-foreign', { folders: [folder] })).state, 'off');
    rmSync(folder, { recursive: true });
  });

  test('secrets that others may read are found (OP-2, GV-4)', async () => {
    const path = varPath('secrets.json');
    writeFileSync(path, '{}', { mode: 0o644 });
    assert.deepEqual(await found('secrets-private'), { state: 'off', evidence: 'the file has mode 644.' });
    rmSync(path);
    assert.equal((await found('secrets-private')).state, 'enforced');
  });

  test('mail is off without a server and enforced with one (CR-2, GV-4)', async () => {
    assert.equal((await found('mail-transport')).state, 'off');
    assert.equal((await found('mail-transport', { smtpUrl: 'smtps://mail.example.org' })).state, 'enforced');
  });

  test('the page says how long what is kept, who gets what, in which regions, and gives the signing key (GV-4, IS-9)', async () => {
    const { origin } = stage().server;
    const page = async () => (await new Visitor(origin).get('/security')).text;
    const before = await page();
    for (const words of ['90 days', 'No language model is configured', 'No regions are named', publicKeyFingerprint()])
      assert.ok(before.includes(words), words);
    await run(`update shared.tenants set region = 'EU' where id = '${stage().tenantId}'`);
    assert.ok(/Regions[\s\S]{0,80}EU/.test(await page()));
    await run("update shared.tenants set region = 'default'");
    assert.equal((await new Visitor(origin).get('/security/key.pem')).text, publicKey());
  });

  test('a database that is reached over a network in the clear is off (CR-2, GV-4)', () => {
    assert.equal(judgeConnection({ encrypted: false, local: false }).state, 'off');
    assert.equal(judgeConnection({ encrypted: true, local: false }).state, 'enforced');
    assert.equal(judgeConnection({ encrypted: false, local: true }).state, 'enforced');
  });
}

/** A server that answers everything in one way, for as long as `work` takes. */
async function answering(listener: RequestListener, work: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    await work(`http://localhost:${typeof address === 'object' ? address?.port : ''}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
