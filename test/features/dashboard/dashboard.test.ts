import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../../src/database/id.js';
import { insertTurn } from '../../../src/features/conversations/turns/queries.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Member, openTeam, type Team } from '../members/team.js';

let server: TestServer;
let acme: Team;
let bob: Member;

before(async () => {
  server = await startTestServer({ tenants: 1 });
  acme = await openTeam(server, 'Acme', 'alice');
  bob = await acme.join('bob', 'member');
});
after(() => server?.close());

function count(text: string, what: string): string | undefined {
  return new RegExp(`<strong>(\\d+)</strong> ${what}<`).exec(text)?.[1];
}

async function converse(member: Member, title: string): Promise<void> {
  const { rows } = await server.database.admin.query(`select id from ${acme.tenantId}.agents limit 1`);
  const begins = { agentId: rows[0].id, title };
  const turn = { answerId: newId(), attempt: newId(), place: {}, question: { id: newId(), text: title }, begins };
  await inTenant(acme.context, 'conversations.create', (db) =>
    insertTurn(db, { accountId: member.id, id: newId() }, turn),
  );
}

test('a new workspace starts with its guide and what it has: one agent, one person, nothing read (OP-1)', async () => {
  const { text } = await acme.owner.person.get(acme.home);
  assert.match(text, /Get started/);
  assert.match(text, /Try a sample/);
  assert.deepEqual(
    ['Documents', 'Your conversations', 'Agents', 'Members'].map((what) => count(text, what)),
    ['0', '0', '1', '2'],
  );
  assert.match(text, /1 of 4 done/, 'somebody else is here already');
});

test('conversations of others are neither counted nor named (IS-5)', async () => {
  await converse(acme.owner, 'The plan of alice');
  await converse(bob, 'A question of bob');
  const [alices, bobs] = [await acme.owner.person.get(acme.home), await bob.person.get(acme.home)];
  assert.ok(alices.text.includes('The plan of alice') && !alices.text.includes('A question of bob'));
  assert.ok(bobs.text.includes('A question of bob') && !bobs.text.includes('The plan of alice'));
  assert.deepEqual([count(alices.text, 'Your conversations'), count(bobs.text, 'Your conversations')], ['1', '1']);
});

test('documents are counted that the person may read (KB-6)', async () => {
  await server.database.admin.query(`
    insert into ${acme.tenantId}.documents (id, title, source, media_type, byte_size, stage, roles)
    values (gen_random_uuid(), '', 'paste', 'text/plain', 1, 'done', null),
      (gen_random_uuid(), '', 'paste', 'text/plain', 1, 'done', '{admin}'),
      (gen_random_uuid(), '', 'paste', 'text/plain', 1, 'done', '{member}')
  `);
  assert.equal(count((await acme.owner.person.get(acme.home)).text, 'Documents'), '3');
  assert.equal(count((await bob.person.get(acme.home)).text, 'Documents'), '2');
});

test('a member is shown no step that would be refused to them (MB-4)', async () => {
  const { text } = await bob.person.get(acme.home);
  assert.doesNotMatch(text, /See what it did|Invite someone|\/audit"/);
});

test('a step is done when it was done, by whoever looks', async () => {
  const before = (await acme.owner.person.get(acme.home)).text;
  assert.match(before, /Open activity/);
  await acme.owner.person.get(`${acme.home}/audit`);
  assert.doesNotMatch((await acme.owner.person.get(acme.home)).text, /Open activity/);
});
