import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPage, updatePage } from '../../../src/features/pages/actions.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Member, openTeam, type Team } from '../members/team.js';
import { agentFor, asked, call, contextOf, get, makeSpace, post, write } from './writing.js';

let server: TestServer;
let acme: Team;
let alice: Member;
let bob: Member;
let space: string;
let guide: string;
const rows = async (text: string, values: unknown[] = []) => (await server.database.admin.query(text, values)).rows;

before(async () => {
  server = await startTestServer({ tenants: 2 });
  acme = await openTeam(server, 'Acme', 'alice');
  alice = acme.owner;
  bob = await acme.join('bob', 'member');
  space = await makeSpace(acme, alice, 'Handbook');
  guide = (await rows(`select id from ${acme.tenantId}.agents limit 1`))[0].id;
});
after(() => server?.close());

const page = (title: string, body = '', parent = '') => write(acme, alice, { space, title, body, parent });
const show = async (id: string, by = alice) => (await get(acme, by, `/pages/${id}`)).text;
const versionsOf = (id: string) =>
  rows(
    `select version, account_id, agent_id, restored_from from ${acme.tenantId}.page_versions where page_id = $1 order by 1`,
    [id],
  );

test('a page is written, shown as its Markdown says, and has an address of its own (AG-11)', async () => {
  const id = await page('Travel rules', '# Trains\n\nTake the **train**.\n\n| a | b |\n|---|---|\n| 1 | 2 |');
  const { text, status } = await get(acme, bob, `/pages/${id}`);
  assert.equal(status, 200);
  for (const part of [
    '<h1><bdi>Travel rules</bdi></h1>',
    '<h3>Trains</h3>',
    '<strong>train</strong>',
    '<table',
    'Handbook',
  ]) {
    assert.ok(text.includes(part), part);
  }
  assert.match((await get(acme, bob, '/pages')).text, /Travel rules/);
});

test('what people type is never anything but text: title, body, preview, history and lists (AG-12)', async () => {
  const payloads = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    '[x](javascript:alert(1))',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '![x](https://evil.example/a.png)',
    '[x]: javascript:alert(1)\n\n[x]',
    '<math><mtext></mtext><a href="javascript:alert(1)">',
  ];
  const body = payloads.join('\n\n');
  const id = await page(payloads[2] ?? '', body);
  await post(acme, alice, `/pages/${id}`, { title: payloads[1] ?? '', body: `${body}\n\nmore`, version: '1' });
  await post(acme, bob, `/pages/${id}/draft`, { title: payloads[0] ?? '', body, version: '1' });
  const pages = [
    `/pages/${id}`,
    `/pages/${id}/edit`,
    `/pages/${id}/versions`,
    `/pages/${id}/versions/2`,
    `/spaces/${space}`,
    '/pages',
    `/pages/${id}/place`,
    `/pages/${id}/archive`,
  ];
  const shown = await Promise.all(pages.map(async (path) => (await get(acme, bob, path)).text));
  const preview = await post(acme, bob, '/pages/preview', { body });
  const conflict = await post(acme, bob, `/pages/${id}`, { title: payloads[0] ?? '', body, version: '1' });
  assert.equal(conflict.status, 409);
  for (const text of [...shown, conflict.text, JSON.parse(preview.text).html]) {
    assert.doesNotMatch(
      text,
      /<script>alert|<img|<svg onload|<iframe|<math|<a[^>]*href="javascript:|evil\.example\/a\.png"/i,
    );
  }
});

test('a preview shows what was sent and keeps nothing; without script the form comes back with it (AG-11)', async () => {
  const id = await page('Draft of rules', 'Old.');
  const answer = await post(acme, alice, `/pages/${id}`, {
    title: 'New <title>',
    body: 'A *new* text',
    version: '1',
    preview: 'on',
  });
  assert.equal(answer.status, 200);
  for (const part of ['<em>new</em>', 'value="New &lt;title&gt;"', '>A *new* text</textarea>']) {
    assert.ok(answer.text.includes(part), part);
  }
  assert.equal((await versionsOf(id)).length, 1);
});

test('of two who write at once the second sees both texts and keeps every word (AG-11)', async () => {
  const id = await page('Menu', 'Soup\nBread\nTea');
  assert.equal(
    (await post(acme, bob, `/pages/${id}`, { title: 'Menu', body: 'Soup\nBread\nCoffee', version: '1' })).status,
    303,
  );
  const late = { title: 'Menu of Monday', body: 'Soup\nCake\nTea', version: '1' };
  const conflict = await post(acme, alice, `/pages/${id}`, late);
  assert.equal(conflict.status, 409);
  for (const part of [
    '>Soup\nCake\nTea</textarea>',
    'value="Menu of Monday"',
    '+ Coffee',
    '− Tea',
    '+ Cake',
    '<bdi>bob</bdi>',
    'name="version" value="2"',
  ]) {
    assert.ok(conflict.text.includes(part), part);
  }
  assert.match(await show(id), /Coffee/, 'nothing was written over');
  assert.match(
    (await get(acme, alice, `/pages/${id}/edit`)).text,
    /This is your draft[\s\S]*>Soup\nCake\nTea<\/textarea>/,
  );
  assert.equal((await post(acme, alice, `/pages/${id}`, { ...late, version: '2' })).status, 303);
  assert.match(await show(id), /Menu of Monday[\s\S]*Cake/);
  assert.equal((await versionsOf(id)).length, 3);
  const bad = await post(acme, alice, `/pages/${id}`, { title: '', body: 'kept', version: '3' });
  assert.equal(bad.status, 422);
  assert.match(bad.text, /Give it a title\.[\s\S]*>kept<\/textarea>/);
});

test('fifty saves of one version at once: one is written, and no version is missing or double (AG-11)', async () => {
  const id = await page('Contested', 'start');
  const context = contextOf(acme, alice);
  const saves = Array.from({ length: 50 }, (_, n) => updatePage(context, id, { body: `text ${n}`, seen: 1 }));
  const done = (await Promise.allSettled(saves)).filter(({ status }) => status === 'fulfilled');
  assert.equal(done.length, 1);
  assert.deepEqual(
    (await versionsOf(id)).map(({ version }) => version),
    [1, 2],
  );
});

test('a draft is kept per person, offered back after a reload, seen by nobody else, and gone with the save (AG-11)', async () => {
  const id = await page('Plans', 'Saved.');
  const draft = { title: 'Plans', body: 'Half a sent', version: '1' };
  assert.equal((await post(acme, alice, `/pages/${id}/draft`, draft)).status, 200);
  await post(acme, bob, `/pages/${id}/draft`, { ...draft, body: 'Bob’s own' });
  const again = (await get(acme, alice, `/pages/${id}/edit`)).text;
  assert.match(again, /This is your draft[\s\S]*>Half a sent<\/textarea>/);
  assert.doesNotMatch(again, /Bob’s own/);
  assert.match(await show(id), /have not saved it/);
  await post(acme, alice, `/pages/${id}`, { ...draft, body: 'A whole sentence.' });
  assert.doesNotMatch((await get(acme, alice, `/pages/${id}/edit`)).text, /This is your draft/);
  const stale = (await get(acme, bob, `/pages/${id}/edit`)).text;
  assert.match(stale, /Somebody saved version 2 since[\s\S]*name="version" value="1"[\s\S]*>Bob’s own<\/textarea>/);
  assert.equal((await post(acme, bob, `/pages/${id}`, { ...draft, body: 'Bob’s own' })).status, 409);
  await post(acme, bob, `/pages/${id}/draft/deletion`);
  assert.match((await get(acme, bob, `/pages/${id}/edit`)).text, />A whole sentence\.<\/textarea>/);
  await post(acme, alice, `/spaces/${space}/pages/draft`, { title: 'Not yet', body: 'there', version: '0' });
  assert.match((await get(acme, alice, `/spaces/${space}/pages/new`)).text, /value="Not yet"[\s\S]*>there<\/textarea>/);
  await page('There now');
  assert.doesNotMatch((await get(acme, alice, `/spaces/${space}/pages/new`)).text, /Not yet/);
});

test('every save is in the history with who and for whom; going back makes a new version (AG-11, AU-1)', async () => {
  const id = await page('Prices', 'One\nTwo');
  await post(acme, bob, `/pages/${id}`, { title: 'Prices', body: 'One\nThree', version: '1' });
  await call(agentFor(acme, bob, guide), 'update_page', { page: id, version: 2, append: 'Four' });
  const history = (await get(acme, alice, `/pages/${id}/versions`)).text;
  assert.match(history, /Version 3[\s\S]*Guide for bob[\s\S]*Version 2[\s\S]*bob[\s\S]*Version 1[\s\S]*alice/);
  const second = (await get(acme, alice, `/pages/${id}/versions/2`)).text;
  assert.match(second, /− Two<\/del>[\s\S]*\+ Three<\/ins>/);
  assert.match((await get(acme, alice, `/pages/${id}/versions/1?with=newest`)).text, /\+ Four/);
  const restored = await post(acme, alice, `/pages/${id}/versions/1/restoration`, { version: '3' });
  assert.equal(restored.status, 303);
  assert.match(await show(id), /One\s+Two/);
  assert.deepEqual(
    (await versionsOf(id)).map(({ version, agent_id, restored_from }) => [version, agent_id !== null, restored_from]),
    [
      [1, false, null],
      [2, false, null],
      [3, true, null],
      [4, false, 1],
    ],
  );
  assert.equal((await post(acme, bob, `/pages/${id}/versions/2/restoration`, { version: '3' })).status, 409);
  const events = (await acme.events()).filter(({ subjectId }) => subjectId === id);
  assert.deepEqual(
    events.map(({ event, actorKind, accountId }) => [event, actorKind, accountId]),
    [
      ['page.created', 'member', alice.id],
      ['page.updated', 'member', bob.id],
      ['page.updated', 'agent', bob.id],
      ['page.version-restored', 'member', alice.id],
    ],
  );
  assert.doesNotMatch(JSON.stringify(events), /Prices|Three/, 'no content in the audit');
});

test('history only grows: the role of the workspace cannot change or take away a version (AG-11)', async () => {
  const granted = await rows(
    `select privilege_type from information_schema.role_table_grants
     where table_schema = $1 and table_name = 'page_versions' and grantee = $1 order by 1`,
    [acme.tenantId],
  );
  assert.deepEqual(
    granted.map(({ privilege_type }) => privilege_type),
    ['INSERT', 'SELECT'],
  );
  const id = await page('Short-lived', 'x');
  await post(acme, alice, `/pages/${id}/deletion`);
  assert.equal((await versionsOf(id)).length, 0, 'it goes with its page');
});

test('titles, texts, drafts and names lie sealed, and search still finds words in them (CR-1, KB-7)', async () => {
  const id = await page('Quixotic almanac', 'The zephyr carried marmalade.');
  await post(acme, alice, `/pages/${id}/draft`, {
    title: 'Quixotic almanac',
    body: 'An obsidian addition',
    version: '1',
  });
  const tables = ['spaces', 'pages', 'page_versions', 'page_drafts'];
  for (const table of tables) {
    const stored =
      JSON.stringify(await rows(`select * from ${acme.tenantId}.${table} t`)) +
      (await rows(`select t::text as line from ${acme.tenantId}.${table} t`))
        .map(({ line }) => Buffer.from(line.replace(/[^0-9a-f]/g, ''), 'hex').toString('latin1'))
        .join();
    assert.doesNotMatch(stored, /Quixotic|zephyr|marmalade|obsidian|Handbook/i, table);
  }
  for (const words of ['marmalade', 'ALMANAC zephyrs']) {
    const found = (await get(acme, bob, `/pages?q=${encodeURIComponent(words)}`)).text;
    assert.match(found, new RegExp(`/pages/${id}"`), words);
  }
  assert.doesNotMatch((await get(acme, bob, '/pages?q=obsidian')).text, new RegExp(id), 'a draft is found by nobody');
  await post(acme, alice, `/pages/${id}`, { title: 'Plain almanac', body: 'Calm.', version: '1' });
  assert.doesNotMatch((await get(acme, bob, '/pages?q=marmalade')).text, new RegExp(`/pages/${id}"`));
});

test('pages lie in pages, in an order that people choose, and never in themselves (AG-11)', async () => {
  const other = await makeSpace(acme, alice, 'Other');
  const [one, two] = [await page('Chapter one'), await page('Chapter two')];
  const inner = await page('Inner', '', one);
  const innermost = await page('Innermost', 'deep words', inner);
  const order = async () =>
    [...(await get(acme, bob, `/spaces/${space}`)).text.matchAll(/class="page-name" href="[^"]*\/([^"/]+)"/g)]
      .map(([, id]) => id)
      .filter((id) => [one, two, inner].includes(id ?? ''));
  assert.deepEqual(await order(), [one, inner, two]);
  await post(acme, alice, `/pages/${two}/order`, { to: 'up' });
  assert.deepEqual(await order(), [two, one, inner]);
  assert.match(await show(innermost), /Chapter one<\/bdi>[\s\S]*Inner<\/bdi>/);
  const intoItself = await post(acme, alice, `/pages/${one}/place`, { space, parent: innermost });
  assert.equal(intoItself.status, 422);
  assert.match(intoItself.text, /cannot lie in itself/);
  assert.equal((await post(acme, alice, `/pages/${one}/place`, { space: other, parent: '' })).status, 303);
  assert.match((await get(acme, bob, `/spaces/${other}`)).text, /Chapter one[\s\S]*Inner/);
  assert.match(await show(innermost), /Other<\/bdi>/);
  const inside = JSON.parse((await get(acme, bob, `/pages/${inner}/inside`)).text);
  assert.deepEqual(inside, { pages: [{ id: innermost, title: 'Innermost', hasPages: false }], more: false });
  assert.equal(
    (await post(acme, alice, `/pages/${two}/place`, { space, parent: one })).status,
    422,
    'of another space',
  );
});

test('two pages that are moved into each other at once do not end up in a ring (AG-11)', async () => {
  const [one, two] = [await page('Left'), await page('Right')];
  await Promise.all([
    post(acme, alice, `/pages/${one}/place`, { space, parent: two }),
    post(acme, bob, `/pages/${two}/place`, { space, parent: one }),
  ]);
  const parents = await rows(`select parent_id from ${acme.tenantId}.pages where id = any ($1)`, [[one, two]]);
  assert.equal(parents.filter(({ parent_id }) => parent_id === null).length, 1);
});

test('an archived page goes with what lies in it, can be undone, and comes back; deleted is for good (AG-11)', async () => {
  const top = await page('Old project', 'dusty');
  const child = await page('Old notes', '', top);
  const archived = await post(acme, bob, `/pages/${top}/archive`);
  const after = await bob.person.get(archived.location);
  assert.match(after.text, /Old project<\/bdi> was archived[\s\S]*Undo/);
  assert.doesNotMatch((await get(acme, bob, '/pages?q=dusty')).text, new RegExp(top));
  assert.doesNotMatch((await get(acme, bob, '/pages')).text, /Old notes/);
  assert.equal((await post(acme, bob, `/pages/${child}`, { title: 'x', body: '', version: '1' })).status, 409);
  assert.equal((await post(acme, bob, `/pages/${child}/restoration`)).status, 409, 'it went with its parent');
  assert.equal(
    (await post(acme, alice, `/spaces/${space}/pages`, { title: 'Late', body: '', parent: top })).status,
    409,
  );
  const shelf = (await get(acme, bob, `/spaces/${space}/archive`)).text;
  assert.match(shelf, /Old project/);
  assert.doesNotMatch(shelf, /Old notes/);
  await post(acme, bob, `/pages/${top}/restoration`);
  assert.match((await get(acme, bob, `/spaces/${space}`)).text, /Old project[\s\S]*Old notes/);
  assert.match((await get(acme, bob, `/pages/${top}/deletion`)).text, /1 page in it is deleted, too/);
  await post(acme, bob, `/pages/${top}/deletion`);
  for (const id of [top, child]) assert.equal((await get(acme, bob, `/pages/${id}`)).status, 404);
});

test('an agent works on pages as the person who asked may, with versions that bind (AG-5, AG-6)', async () => {
  const agent = agentFor(acme, bob, guide);
  const { spaces } = (await call(agent, 'list_spaces', {})) as { spaces: { id: string; name: string }[] };
  assert.ok(spaces.some(({ name }) => name === 'Handbook'));
  const made = (await call(agent, 'create_page', { space, title: 'Made by Guide', text: 'Ninety-nine lanterns' })) as {
    id: string;
  };
  const listed = JSON.stringify(await call(agent, 'list_pages', { words: 'lanterns' }));
  assert.match(listed, new RegExp(`${made.id}.*"version":1`));
  const { target, says } = await asked(agent, 'update_page', { page: made.id, version: 1, text: 'New' });
  assert.deepEqual(target, { kind: 'page', id: made.id, title: 'Made by Guide', version: 1 });
  assert.equal(says, 'Write the page “Made by Guide” anew (3 characters)');
  await call(agent, 'update_page', { page: made.id, version: 1, append: 'and one more' });
  await assert.rejects(
    call(agent, 'update_page', { page: made.id, version: 1, text: 'Over it' }),
    /Somebody changed this page/,
  );
  const read = (await call(agent, 'get_page', { page: made.id })) as { text: string; version: number };
  assert.deepEqual([read.text, read.version], ['Ninety-nine lanterns\n\nand one more', 2]);
  const child = await page('In it', '', made.id);
  await assert.rejects(call(agent, 'delete_page', { page: made.id }), /There are pages in it/);
  await call(agent, 'archive_page', { page: made.id });
  assert.match(await show(child), /Archived/);
  assert.equal(
    (await asked(agent, 'delete_page', { page: child })).says,
    'Delete the page “In it” for good, with its history, for everybody',
  );
  assert.match(await show(made.id), /Guide for bob/);
});

test('a title in double brackets links to its page, for those who may see that page (AG-11, IS-5)', async () => {
  const known = await page('Café <b>rules</b>');
  const hidden = await makeSpace(acme, alice, 'Attic', 'private');
  const secret = await write(acme, alice, { space: hidden, title: 'Attic key' });
  const body = 'See [[café  <b>rules</b>]], [[Attic key]], [[Nowhere]] and `[[Attic key]]`.';
  const id = await page('With links', body);
  const link = (to: string) => `<a href="/w/acme/pages/${to}" class="page-link">`;
  const own = await show(id);
  assert.ok(own.includes(`${link(known)}café  &lt;b&gt;rules&lt;/b&gt;</a>`));
  assert.equal(own.split(link(secret)).length - 1, 1);
  assert.match(own, /\[\[Nowhere\]\]/);
  const others = await show(id, bob);
  assert.ok(others.includes(link(known)));
  assert.match(others, /\[\[Attic key\]\]/);
  assert.doesNotMatch(others, new RegExp(secret));
});

test('whoever is named in a page is told once, and only when they may see it (AG-7)', async () => {
  const context = contextOf(acme, alice);
  const told = async () =>
    Number(
      (
        await rows(
          `select count(*) from ${acme.tenantId}.notifications where account_id = $1 and subject_kind = 'page'`,
          [bob.id],
        )
      )[0].count,
    );
  const before = await told();
  const id = await createPage(context, {
    spaceId: space,
    parentId: null,
    title: 'Minutes',
    body: 'Ask @bob about it.',
  });
  assert.equal((await told()) - before, 1);
  await updatePage(context, id, { seen: 1, body: 'Ask @bob about it. Soon.' });
  assert.equal((await told()) - before, 1);
  const closed = await makeSpace(acme, alice, 'Closed', 'private');
  await createPage(context, { spaceId: closed, parentId: null, title: 'Secret', body: '@bob must not know' });
  assert.equal((await told()) - before, 1);
});

test('lists of many pages are read in steps that stay as they are (AG-11)', async () => {
  const many = await makeSpace(acme, alice, 'Many');
  const context = contextOf(acme, alice);
  for (let n = 1; n <= 55; n += 1)
    await createPage(context, { spaceId: many, parentId: null, title: `Page ${n}`, body: 'alike' });
  const first = (await get(acme, bob, `/spaces/${many}`)).text;
  const titles = (text: string) => [...text.matchAll(/<bdi class="truncate">(Page \d+)</g)].map(([, title]) => title);
  assert.equal(titles(first).length, 50);
  const next = /href="([^"]+after=[^"]+)"/.exec(first)?.[1] ?? '';
  assert.deepEqual(titles((await bob.person.get(next)).text), ['Page 51', 'Page 52', 'Page 53', 'Page 54', 'Page 55']);
  const found = (await get(acme, bob, `/pages?q=alike&space=${many}`)).text;
  const older = /href="([^"]+before=[^"]+)"/.exec(found)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const shown = (text: string) => text.split('class="page-found-title"').length - 1;
  assert.deepEqual([shown(found), shown((await bob.person.get(older)).text)], [30, 25]);
});
