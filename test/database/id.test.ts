import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../src/database/id.js';

test('ids sort in the order in which they were made, in one millisecond and when the clock steps back (RFC 9562)', (context) => {
  const start = 1_800_000_000_000;
  context.mock.timers.enable({ apis: ['Date'], now: start });
  const ids = Array.from({ length: 10_000 }, newId);
  context.mock.timers.setTime(start - 5000);
  ids.push(newId());
  assert.deepEqual(ids, ids.toSorted());
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
