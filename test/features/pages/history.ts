import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acme, alice, bob, guide, page, rows, show, versionsOf } from './stage.js';
import { agentFor, call, get, post } from './writing.js';

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
