import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Member, openTeam, type Team } from '../members/team.js';
import { linkTo, listed, plantEvents } from './log.js';

let server: TestServer;
let acme: Team;
let globex: Team;
let admin: Member;

before(async () => {
  server = await startTestServer({ tenants: 3 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
  admin = await acme.join('adam', 'admin');
  await plantEvents(server, acme, [
    { event: 'tool.called', category: 'tool', actorKind: 'agent', actorName: 'Guide', requestId: 'req-one' },
    { event: 'document.failed', category: 'knowledge', outcome: 'failed', subjectId: '100%_sure' },
    { event: 'permission.refused', category: 'security', outcome: 'refused', actorKind: 'member', actorName: 'Ada' },
    { event: 'old.thing', category: 'workspace', at: '2020-02-29T23:59:59.999Z' },
    { event: 'next.thing', category: 'workspace', at: '2020-03-01T00:00:00Z' },
    { event: 'a_b.happened', category: 'agent' },
    { event: 'axb.happened', category: 'agent' },
    { event: 'back\\slash', category: 'agent' },
  ]);
  await plantEvents(server, globex, [{ event: 'canary.of-globex' }]);
});
after(() => server?.close());

async function find(query: string, as: Member = acme.owner): Promise<string[]> {
  const { status, text } = await as.person.get(`${acme.home}/audit?${query}`);
  assert.equal(status, 200, query);
  return listed(text);
}

test('owner and admin see every event with actor, outcome and request (AU-3)', async () => {
  for (const member of [acme.owner, admin]) {
    const { text } = await member.person.get(`${acme.home}/audit`);
    const names = listed(text);
    for (const name of ['workspace.created', 'member.joined', 'account.signed-in', 'tool.called']) {
      assert.ok(names.includes(name), name);
    }
    assert.match(text, /<span class="visually-hidden">agent <\/span><bdi>Guide<\/bdi>/);
    assert.match(text, /req-one/);
    assert.match(text, /Refused/);
  }
});

test('a member gets 403 everywhere in it, and the try is in the log (MB-4, AU-1)', async () => {
  const member = await acme.join('bob', 'member');
  const { rows } = await server.database.admin.query(`select id from ${acme.tenantId}.audit_events limit 1`);
  const before = (await acme.events()).length;
  for (const path of ['', '/export.csv', `/${rows[0].id}`]) {
    assert.equal((await member.person.get(`${acme.home}/audit${path}`)).status, 403, path);
  }
  const tries = (await acme.events()).slice(before).filter(({ event }) => event === 'permission.refused');
  assert.equal(tries.length, 3);
  assert.ok(tries.every(({ actorName, subjectId }) => actorName === 'bob' && subjectId === 'audit.read'));
});

test('another workspace’s log is not there, nor one event of it (IS-4)', async () => {
  assert.equal((await globex.owner.person.get(`${acme.home}/audit`)).status, 404);
  assert.equal((await globex.owner.person.get(`${acme.home}/audit/export.csv`)).status, 404);
  const { rows } = await server.database.admin.query(
    `select id from ${globex.tenantId}.audit_events where event = 'canary.of-globex'`,
  );
  for (const id of [rows[0].id, randomUUID(), 'x', '1', `${rows[0].id}0`, 'EXPORT.csv']) {
    assert.equal((await acme.owner.person.get(`${acme.home}/audit/${id}`)).status, 404, id);
  }
  assert.deepEqual(await find('q=canary'), []);
});

test('filters narrow by category, outcome, actor and day, and together (AU-3)', async () => {
  assert.deepEqual(await find('category=tool'), ['tool.called']);
  assert.deepEqual(await find('outcome=failed'), ['document.failed']);
  assert.deepEqual(await find('actor=agent'), ['tool.called']);
  assert.deepEqual(await find('from=2020-02-29&to=2020-02-29'), ['old.thing']);
  assert.deepEqual(await find('from=2020-03-01&to=2020-03-01'), ['next.thing']);
  assert.deepEqual(await find('to=2020-03-01'), ['next.thing', 'old.thing']);
  assert.deepEqual(await find('category=workspace&to=2020-02-29&actor=system'), ['old.thing']);
  assert.deepEqual(await find('category=tool&outcome=failed'), []);
});

test('search takes its words literally, in any case, and finds whole ids (AU-3, V1.2.9)', async () => {
  assert.deepEqual(await find('q=TOOL.CALLED'), ['tool.called']);
  assert.deepEqual(await find('q=guide'), ['tool.called']);
  assert.deepEqual(await find('q=req-one'), ['tool.called']);
  assert.deepEqual(await find('q=req-on'), []);
  assert.deepEqual(await find(`q=${encodeURIComponent('a_b')}`), ['a_b.happened']);
  assert.deepEqual(await find(`q=${encodeURIComponent('%_s')}`), ['document.failed']);
  assert.deepEqual(await find(`q=${encodeURIComponent('\\')}`), ['back\\slash']);
  assert.deepEqual(await find(`q=${encodeURIComponent("' or 1=1 --")}`), []);
  assert.ok((await find(`q=${acme.owner.id}`)).includes('workspace.created'), 'all that one account did');
});

test('what cannot be read in the address is left out, and never an error (V2.2.1)', async () => {
  const all = await find('');
  for (const query of [
    'category=nonsense&outcome=x&actor=y',
    'from=0000-01-01',
    'from=2020-02-30',
    'to=99999-01-01',
    'before=x&after=y',
    'q=%00',
    'q=a&q=b',
    `q=${'x'.repeat(300)}`,
  ]) {
    assert.deepEqual(await find(query), all, query);
  }
  assert.deepEqual(await find('to=9999-12-31'), all);
});

test('the detail shows all that is known of an event, and leads to what belongs to it (AU-3)', async () => {
  const guide = await server.database.admin.query(`select id from ${acme.tenantId}.agents limit 1`);
  const id = randomUUID();
  await server.database.admin.query(
    `insert into ${acme.tenantId}.audit_events (id, category, event, outcome, actor_kind, account_id, agent_id, actor_name,
       subject_kind, subject_id, trigger, request_id, address, arguments_digest, details)
     values ($1, 'tool', 'tool.called', 'done', 'agent', $2, $3, 'Guide', 'document', 'doc-7', 'chat', 'req-detail',
       '203.0.113.77', sha256('x'), '{"results": 6, "tool": "<b>search</b>"}')`,
    [id, acme.owner.id, guide.rows[0].id],
  );
  const { text } = await acme.owner.person.get(`${acme.home}/audit/${id}`);
  for (const shown of ['Guide, an agent, asked by alice', '203.0.113.77', 'req-detail', 'doc-7', 'chat', id]) {
    assert.ok(text.includes(shown), shown);
  }
  assert.match(text, /sha-256 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881/);
  assert.match(text, /&#34;results&#34;: 6/);
  assert.ok(text.includes('&lt;b&gt;search&lt;/b&gt;') && !text.includes('<b>search'));
  assert.ok(text.includes(`${acme.home}/agents/${guide.rows[0].id}`));
  assert.deepEqual(await find('q=req-detail'), ['tool.called']);
  assert.match(text, /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
});

test('reading the log is written down once for each reader (AU-1)', async () => {
  const reader = await acme.join('reader', 'admin');
  for (let time = 0; time < 3; time += 1) await reader.person.get(`${acme.home}/audit`);
  const opened = (await acme.events()).filter(
    ({ event, actorName }) => event === 'audit.opened' && actorName === 'reader',
  );
  assert.equal(opened.length, 1);
});

test('pages go back and forth over the whole log and keep filter and place (AU-3)', async () => {
  const team = await openTeam(server, 'Paged', 'paula');
  const planted = Array.from({ length: 123 }, (_, index) => ({
    event: `numbered.${String(index).padStart(3, '0')}`,
    category: index % 41 === 0 ? 'audit' : 'tool',
  }));
  await plantEvents(server, team, planted);
  const newestFirst = planted.map(({ event }) => event).reverse();
  const pages: { names: string[]; address: string; text: string }[] = [];
  let next: string | undefined = `${team.home}/audit?q=numbered.`;
  while (next) {
    const { text } = await team.owner.person.get(next);
    pages.push({ names: listed(text), address: next, text });
    next = linkTo(text, 'Older');
  }
  assert.deepEqual(
    pages.map(({ names }) => names.length),
    [50, 50, 23],
  );
  assert.deepEqual(
    pages.flatMap(({ names }) => names),
    newestFirst,
  );
  assert.ok(pages.every(({ address }) => address.includes('q=numbered.')));
  assert.equal(linkTo(pages[0]?.text ?? '', 'Newer'), undefined);

  // New events do not shift what the older pages hold.
  await plantEvents(server, team, [{ event: 'numbered.new' }]);
  let back = linkTo(pages[2]?.text ?? '', 'Newer');
  const second = await team.owner.person.get(back ?? '');
  assert.deepEqual(listed(second.text), pages[1]?.names);
  back = linkTo(second.text, 'Newer');
  const first = await team.owner.person.get(back ?? '');
  assert.deepEqual(listed(first.text), newestFirst.slice(0, 50));
  const newest = await team.owner.person.get(linkTo(first.text, 'Newer') ?? '');
  assert.deepEqual(listed(newest.text), ['numbered.new']);
  assert.deepEqual(
    listed((await team.owner.person.get(linkTo(newest.text, 'Older') ?? '')).text),
    newestFirst.slice(0, 50),
  );
  const narrowed = await team.owner.person.get(`${team.home}/audit?q=numbered.&category=audit`);
  assert.deepEqual(listed(narrowed.text), ['numbered.082', 'numbered.041', 'numbered.000']);
});
