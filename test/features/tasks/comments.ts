import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commentTask } from '../../../src/features/tasks/entries/actions.js';
import type { Member } from '../members/team.js';
import { acme, alice, bob, home, post, server } from './opened.js';
import { contextOf, newTask, rowsOf } from './stage.js';

describe('comments (AG-11)', () => {
  test('whoever made a task and whoever is to do it hear of a comment, once, and who is mentioned as a mention', async () => {
    const dora = await acme.join('dora', 'member');
    const id = await newTask(await contextOf(acme, bob), { title: 'Talk', assignee: { kind: 'member', id: dora.id } });
    const said = await post(`/${id}/comments`, { text: 'What of this, @dora?' });
    assert.match(said.location, /#comment-/);
    const told = (who: Member) =>
      rowsOf(server, acme, 'notifications', `account_id = '${who.id}' and subject_id = '${id}'`);
    assert.deepEqual(
      (await told(bob)).map(({ kind }) => kind),
      ['comment'],
    );
    assert.deepEqual(
      (await told(dora)).map(({ kind }) => kind),
      ['assigned', 'mention'],
    );
    assert.equal((await told(acme.owner)).length, 0);
    assert.match((await bob.person.get(`${home}/${id}`)).text, /<span class="mention" title="dora">@dora<\/span>/);
  });

  test('are changed and deleted by who wrote them, and by nobody else', async () => {
    const id = await newTask(acme.context, { title: 'Own words' });
    const comment = await commentTask(acme.context, id, 'First words');
    const path = `/${id}/comments/${comment}`;
    for (const address of [path, `${path}/deletion`]) {
      assert.equal((await bob.person.get(`${home}${address}`)).status, 403, address);
      assert.equal((await post(address, { text: 'Not mine' }, bob.person)).status, 403, address);
    }
    assert.equal((await post(path, { text: 'Better words' })).status, 303);
    const { text } = await alice().get(`${home}/${id}`);
    assert.match(text, /Better words[\s\S]*/);
    assert.match(text, /<span class="muted">edited<\/span>/);
    assert.equal((await post(path, { text: ' ' })).status, 422);
    assert.equal((await post(`${path}/deletion`, {})).status, 303);
    assert.doesNotMatch((await alice().get(`${home}/${id}`)).text, /Better words/);
    const other = await newTask(acme.context, { title: 'Elsewhere' });
    assert.equal((await alice().get(`${home}/${other}/comments/${comment}`)).status, 404);
  });
});
