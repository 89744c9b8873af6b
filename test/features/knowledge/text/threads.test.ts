import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { partOf } from '../../../../src/features/knowledge/text/part.js';
import { type Piece, prepareText } from '../../../../src/features/knowledge/text/preparation.js';
import { closeThreads, prepare, readPart } from '../../../../src/features/knowledge/text/threads.js';

after(closeThreads);

function keep(sections: number, words: number): Buffer {
  const text = Array.from({ length: words }, (_, index) => `word${index % 977}${index % 12 === 11 ? '.' : ''}`).join(
    ' ',
  );
  const all = Array.from({ length: sections }, (_, index) => ({ headings: [`Part ${index}`], page: index + 1, text }));
  return Buffer.from(JSON.stringify({ sections: all }));
}

const long = keep(120, 1000);

describe('a long text is prepared by a thread', () => {
  test('piece by piece, and others have their turn between the pieces', async () => {
    let [pieces, turns, over] = [0, 0, false];
    const preparing = prepare('Book', long, () => {
      pieces += 1;
    }).finally(() => {
      over = true;
    });
    for (; !over; turns += 1) await turn();
    await preparing;
    assert.ok(pieces >= 8, `${pieces} pieces`);
    assert.ok(turns > pieces, `${turns} turns of the event loop for ${pieces} pieces`);
  });

  test('with the result that it would have here', async () => {
    const there: Piece[] = [];
    await prepare('Book', long, (piece) => there.push(piece));
    assert.deepEqual(there, [...prepareText('Book', long)]);
  });

  test('one that cannot be prepared fails alone', async () => {
    const broken = Buffer.alloc(100_000, 'x');
    const outcomes = await Promise.allSettled([
      prepare('Broken', broken, () => {}),
      prepare('Refused', long, () => {
        throw new Error('the receiver gave up');
      }),
      prepare('Book', long, () => {}),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    );
  });

  test('a thread that is ended fails what it had, and the next text gets a new one', async () => {
    const cut = prepare('Book', long, () => {});
    const failed = assert.rejects(cut, /stopping/);
    await closeThreads();
    await failed;
    await prepare('Book', long, () => {});
  });
});

describe('a part of a text for the reader', () => {
  const kept = keep(1, 9000);

  test('is cut so that all parts together are the whole', async () => {
    const { parts } = partOf(kept, { part: 1 });
    const whole = Array.from({ length: parts }, (_, index) => partOf(kept, { part: index + 1 }).before).join('');
    assert.equal(parts, 4);
    assert.ok(whole.startsWith('Part 0\n\nword0 word1 '));
    assert.equal(whole.split(/\s+/).length, 9002);
  });

  test('shows the part that the passage is in, with the passage set apart and whole', () => {
    const passage = { start: 39_990, end: 40_090 };
    const shown = partOf(kept, { part: 0, passage });
    assert.deepEqual([shown.part, shown.passage.length, shown.after], [2, 100, '']);
    assert.equal(partOf(kept, { part: 1, passage }).passage, '');
    assert.equal(partOf(kept, { part: 99 }).part, 4);
  });

  test('is the same from the thread', async () => {
    const book = keep(300, 400);
    assert.ok(book.length > 600_000);
    assert.deepEqual(await readPart(book, { part: 7 }), partOf(book, { part: 7 }));
  });
});
