import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { expireGap } from '../../../../src/features/knowledge/gaps/actions.js';
import { type CallScope, toolNamed } from '../../../../src/llm/tool.js';
import { until } from '../../../support/until.js';
import { acme, bob, context, globex, library, open, paste, submit } from './stage.js';

describe('questions without an answer', () => {
  const scope: CallScope = { id: 'call', signal: new AbortController().signal, knowledge: 'all' };
  const look = async (query: string, more: Partial<CallScope> = {}) => {
    const prepared = toolNamed('search_knowledge')?.prepare({ query });
    assert.ok(prepared?.kind === 'reads');
    await prepared.run(context, { ...scope, ...more });
  };
  const keep = (keeps: 'on' | 'off') => submit('/gaps', { keeps }, '/gaps/keeping');

  before(async () => {
    const { sample } = await import('../../../../src/features/knowledge/sample.js');
    await paste('Handbook', sample.sections.map(({ text }) => text).join('\n\n'));
  });

  test('are not kept until the workspace wants that, and the page says so', async () => {
    await look('Where do walruses sleep?');
    assert.deepEqual(await acme.rows('knowledge_gaps'), []);
    const { text } = await open('/gaps');
    assert.match(text, /Nothing is kept yet/);
    assert.match(text, /Who asked, in which conversation and at what hour is not kept/);
    assert.equal((await open('/gaps', bob)).status, 403);
    assert.doesNotMatch((await open('', bob)).text, /is kept for 90 days/);
  });

  test('are counted by what they ask for, sealed, without who asked and without an hour', async () => {
    assert.equal((await keep('on')).status, 303);
    await look('How much may a hotel cost in Zurich?');
    await look('Is there a parental leave <b>policy</b>?', { dryRun: true });
    assert.deepEqual(await acme.rows('knowledge_gaps'), []);
    await look('Where do walruses sleep?');
    await look('where do the walruses sleep');
    await look('Is there a parental leave <b>policy</b>?');
    const rows = await acme.rows('knowledge_gaps', 'true order by times desc');
    assert.deepEqual(
      rows.map(({ times }) => times),
      [2, 1],
    );
    const kept = JSON.stringify(rows);
    assert.doesNotMatch(kept, /walrus|parental/);
    assert.doesNotMatch(kept, new RegExp(`${acme.owner.id}|${bob.id}`));
    assert.deepEqual(Object.keys(rows[0] ?? {}).sort(), ['first_day', 'id', 'last_day', 'question', 'tag', 'times']);
    assert.match(String(rows[0]?.id), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    const { text } = await open('/gaps');
    assert.match(text, /Where do walruses sleep\?[\s\S]{0,200}2 times/);
    assert.match(text, /leave &lt;b&gt;policy&lt;\/b&gt;\?/);
    assert.doesNotMatch(text.slice(text.indexOf('<main')), /alice/);
    assert.match((await open('', bob)).text, /is kept for 90 days, without who asked/);
    assert.deepEqual((await globex.rows('knowledge_gaps')).length, 0);
  });

  test('a dismissed one loses its words and does not come back', async () => {
    const [row] = await acme.rows('knowledge_gaps', 'times = 2');
    assert.equal((await submit('/gaps', {}, `/gaps/${row?.id}/dismissal`)).status, 303);
    await look('Where do walruses sleep?');
    assert.doesNotMatch((await open('/gaps')).text, /walruses/);
    assert.equal((await acme.rows('knowledge_gaps', 'question is null')).length, 1);
    assert.equal((await submit('/gaps', {}, `/gaps/${row?.id}/dismissal`)).status, 404);
  });

  test('a document can be added for one, which then is answered', async () => {
    const [row] = await acme.rows('knowledge_gaps', 'question is not null');
    const form = await open(`/new?gap=${row?.id}`);
    assert.match(form.text, /value="Is there a parental leave &lt;b&gt;policy&lt;\/b&gt;\?"/);
    assert.doesNotMatch((await open(`/new?gap=${row?.id}`, bob)).text, /parental/);
    const answer = await submit(
      '/new',
      { title: 'Parental leave', text: 'Six months.', gap: String(row?.id) },
      '/pasted',
    );
    assert.equal(answer.status, 303);
    assert.equal((await acme.rows('knowledge_gaps', 'question is not null')).length, 0);
  });

  test('after ninety days they are gone, and at once when it is turned off', async () => {
    await look('How tall is the lighthouse of Alexandria?');
    const [row] = await acme.rows('knowledge_gaps', 'question is not null');
    await expireGap(context, String(row?.id));
    assert.equal((await acme.rows('knowledge_gaps', 'question is not null')).length, 1);
    const aged = `update ${acme.tenantId}.knowledge_gaps set last_day = current_date - 90 where id = $1`;
    await library.server.database.admin.query(aged, [row?.id]);
    assert.doesNotMatch((await open('/gaps')).text, /Alexandria/);
    await expireGap(context, String(row?.id));
    assert.equal((await acme.rows('knowledge_gaps', 'question is not null')).length, 0);
    await look('What is the boiling point of tin?');
    await until('it is noted', async () => (await acme.rows('knowledge_gaps')).length > 0);
    await keep('off');
    assert.deepEqual(await acme.rows('knowledge_gaps'), []);
    const events = (await acme.events()).map(({ event }) => event).filter((event) => /^gaps?\./.test(event));
    assert.deepEqual(events, ['gaps.turned-on', 'gap.dismissed', 'gap.dismissed', 'gaps.turned-off']);
  });
});
