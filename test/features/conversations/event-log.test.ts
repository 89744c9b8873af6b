import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newEventLog, type TurnEvent } from '../../../src/features/conversations/turns/event-log.js';

const text = (words: string): TurnEvent => ({ event: 'text', data: { text: words } });
const tool = (id: string): TurnEvent => ({ event: 'tool', data: { id } });

async function all(events: AsyncIterable<TurnEvent>): Promise<TurnEvent[]> {
  const list = [];
  for await (const event of events) list.push(event);
  return list;
}

test('whoever comes late reads everything from the first word, in order, with texts that wait joined', async () => {
  const log = newEventLog();
  const early = all(log.read(new AbortController().signal));
  for (const event of [text('a'), text('b'), tool('1'), text('c')]) log.push(event);
  await new Promise((resolve) => setImmediate(resolve));
  log.push(text('d'));
  log.end();
  const late = await all(log.read(new AbortController().signal));
  assert.deepEqual(late, [
    { ...text('ab'), at: 2 },
    { ...tool('1'), at: 2 },
    { ...text('cd'), at: 4 },
  ]);
  const words = (events: TurnEvent[]) => events.map(({ data }) => ('text' in data ? data.text : '|')).join('');
  assert.equal(words(await early), words(late));
});

test('a reader who leaves is let go, and the others read on', async () => {
  const log = newEventLog();
  const leaving = new AbortController();
  const gone = all(log.read(leaving.signal));
  const staying = all(log.read(new AbortController().signal));
  log.push(text('a'));
  await new Promise((resolve) => setImmediate(resolve));
  leaving.abort();
  await gone;
  log.push(text('b'));
  log.end();
  assert.equal((await staying).length, 2);
});

test('whoever knows the first characters gets the rest, whatever the number of them, and no word twice (AG-2)', async () => {
  const log = newEventLog();
  for (const event of [text('One'), tool('1'), text(' two '), text('thr'), tool('1'), text('ee')]) log.push(event);
  log.end();
  for (let known = 0; known <= 'One two three'.length; known += 1) {
    const rest = await all(log.read(new AbortController().signal, known));
    const said = rest.map(({ data }) => ('text' in data ? data.text : '')).join('');
    assert.equal(`One two three`.slice(0, known) + said, 'One two three');
    assert.equal(rest.filter(({ event }) => event === 'tool').length, 2);
  }
});
