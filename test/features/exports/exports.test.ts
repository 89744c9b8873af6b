import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../../src/database/id.js';
import { beginExport, finishExport, insertExport, insertPart } from '../../../src/features/exports/queries.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { makeStale } from '../accounts/factors.js';
import { insertPerson, newPerson, signIn } from '../accounts/people.js';
import { type Cast, eventsNamed, startCast } from '../conversations/cast.js';

let cast: Cast;
const bytes = Buffer.from('PK what alice alone may read');

before(async () => {
  cast = await startCast({ model: false });
});
after(() => cast?.close());

const admin = (text: string, values: unknown[] = []) => cast.server.database.admin.query(text, values);

/** One of alice's, as the job leaves it. */
async function written(): Promise<string> {
  const id = newId();
  await inTenant(cast.alice.context, 'workspace.delete', async (db) => {
    await insertExport(db, { id, accountId: cast.alice.id, accountName: 'alice' });
    await beginExport(db, id);
    await insertPart(db, id, 0, bytes);
    await finishExport(db, id, { byteSize: bytes.length, digest: Buffer.alloc(32) });
  });
  return id;
}

test('an export is fetched by who made it, after a fresh proof, and by nobody else with any address (GV-2, IS-4, V8.2.2, V7.5.1)', async () => {
  const { forgetMemberships } = await import('../../../src/tenancy/directory.js');
  const id = await written();
  const at = (slug: string) => `/w/${slug}/settings/export/${id}`;
  const eve = await insertPerson(cast.server, 'eve');
  const become = async (accountId: string, role: string) => {
    await admin('delete from shared.memberships where tenant_id = $1 and account_id = $2', [cast.acme.id, accountId]);
    await admin('insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, $3)', [
      ...[cast.acme.id, accountId, role],
    ]);
    forgetMemberships(accountId);
  };
  await become(eve.id, 'owner');
  const another = newPerson(cast.server);
  await signIn(another, 'eve');
  const stranger = newPerson(cast.server);
  const { alice, bob, charlie } = cast;

  assert.equal((await alice.browser.get(`${at('acme')}/file`)).text, bytes.toString());
  const answers = [
    ['another owner', await another.get(`${at('acme')}/file`), 404],
    ['a member', await bob.browser.get(`${at('acme')}/file`), 403],
    ['an owner elsewhere', await charlie.browser.get(`${at('acme')}/file`), 404],
    ['an owner elsewhere, by their own workspace', await charlie.browser.get(`${at('globex')}/file`), 404],
    ['nobody', await stranger.get(`${at('acme')}/file`), 303],
    ['no id', await alice.browser.get(`/w/acme/settings/export/${newId()}/file`), 404],
  ] as const;
  for (const [who, { status, text }, wanted] of answers) {
    assert.equal(status, wanted, who);
    assert.ok(!text.includes('PK what'), who);
  }
  const removal = (browser: typeof another, slug: string) => browser.submit('/profile', {}, `${at(slug)}/deletion`);
  assert.equal((await removal(bob.browser, 'acme')).status, 403);
  assert.equal((await removal(charlie.browser, 'acme')).status, 404);
  assert.equal((await removal(charlie.browser, 'globex')).status, 404);
  assert.equal((await eventsNamed(cast, cast.acme, 'workspace.exported')).length, 1, 'only what was fetched is told');

  // A proof grows old, and rights end with the role.
  await makeStale(cast.server, alice.id);
  const asked = await alice.browser.get(`${at('acme')}/file`);
  assert.match(asked.text, /action="\/proof"/);
  assert.ok(!asked.text.includes('PK what'));
  await become(alice.id, 'member');
  const refused = await alice.browser.get(`${at('acme')}/file`);
  assert.equal(refused.status, 403, 'no owner any more');
  assert.doesNotMatch(refused.text, /action="\/proof"/, 'and not asked for a proof');
  await become(alice.id, 'owner');
  assert.equal((await removal(another, 'acme')).status, 303, 'an owner may take it away');
  assert.deepEqual((await admin(`select id from ${cast.acme.id}.workspace_exports`)).rows, []);
});

test('an owner finds the export among the settings, and an admin, who may not make one, does not (GV-2)', async () => {
  const admin = await insertPerson(cast.server, 'adam');
  await cast.server.database.admin.query(
    `insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'admin')`,
    [cast.acme.id, admin.id],
  );
  const adam = newPerson(cast.server);
  await signIn(adam, 'adam');
  const tabs = async (person: typeof adam) =>
    [...(await person.get('/w/acme/settings')).text.matchAll(/href="\/w\/acme\/settings\/(\w[\w-]*)"/g)].map(
      ([, place]) => place,
    );
  assert.deepEqual(
    (await tabs(cast.alice.browser)).filter((place) => place !== 'deletion'),
    ['sign-in', 'approvals', 'export'],
  );
  assert.deepEqual(await tabs(adam), ['sign-in', 'approvals']);
});
