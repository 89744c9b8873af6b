import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeAnswerReader } from '../../../../src/features/knowledge/extraction/answers.js';
import { defaultLimits } from '../../../../src/features/knowledge/extraction/limits.js';

const limits = { ...defaultLimits(), characters: 1000, sections: 5 };
const section = (text: string, headings: string[] = []) => ({ headings, text });
const lines = (...answers: unknown[]) =>
  answers.map((answer) => `${typeof answer === 'string' ? answer : JSON.stringify(answer)}\n`).join('');
const done = { kind: 'done', mediaType: 'text/plain' };

function outcomeOf(...answers: unknown[]) {
  return makeAnswerReader(limits, () => {})(lines(...answers));
}

test('a document is put together from what the child says, however the lines are cut', () => {
  const all = lines(
    { kind: 'progress', done: 1, total: 2 },
    { kind: 'sections', sections: [section('ä')] },
    { ...done, title: 'T', pages: 2 },
  );
  const seen: unknown[] = [];
  const take = makeAnswerReader(limits, (progress) => seen.push(progress));
  const outcomes = [...all].map((letter) => take(letter)).filter(Boolean);
  assert.deepEqual(outcomes, [
    { kind: 'read', document: { mediaType: 'text/plain', title: 'T', pages: 2, sections: [section('ä')] } },
  ]);
  assert.deepEqual(seen, [{ done: 1, total: 2 }]);
  assert.deepEqual(outcomeOf({ kind: 'refused', message: 'No.' }), { kind: 'refused', message: 'No.' });
});

test('a child that was taken over by its file cannot pass on anything but text within the limits (KB-5)', () => {
  const wrong: unknown[][] = [
    ['not json'],
    ['null'],
    [{ kind: 'unknown' }],
    [{ kind: 'refused', message: 'x'.repeat(601) }],
    [{ kind: 'sections', sections: [{ headings: [], text: 'x', path: '/etc/passwd' }] }],
    [{ kind: 'sections', sections: [{ headings: 'x', text: 'x' }] }],
    [{ kind: 'sections', sections: [{ headings: [], text: '', page: 1 }] }],
    [{ kind: 'sections', sections: [{ headings: [], text: 'x', page: -1 }] }],
    [{ kind: 'sections', sections: [section('x'.repeat(1001))] }],
    [{ kind: 'sections', sections: [section('x', ['y'.repeat(400), 'y'.repeat(400), 'y'.repeat(400)])] }],
    [{ kind: 'sections', sections: Array.from({ length: 6 }, () => section('x')) }],
    [{ kind: 'progress', done: -1, total: Number.MAX_SAFE_INTEGER + 2 }],
    [done],
    [
      { kind: 'sections', sections: [section('x')] },
      { ...done, mediaType: 'text/x-evil' },
    ],
    [
      { kind: 'sections', sections: [section('x')] },
      { ...done, extra: 1 },
    ],
    ['{"kind":"sections","sections":[{"headings":[],"text":"x","__proto__":{"polluted":1}}]}'],
  ];
  for (const answers of wrong)
    assert.deepEqual(outcomeOf(...answers), { kind: 'failed' }, JSON.stringify(answers).slice(0, 200));
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

test('a line without end does not fill the memory of the parent (KB-5)', () => {
  const take = makeAnswerReader(limits, () => {});
  const chunk = 'x'.repeat(65_536);
  const ended = Array.from({ length: 100 }, () => take(chunk)).findIndex((outcome) => outcome?.kind === 'failed');
  assert.ok(ended > 0 && ended < 70, String(ended));
});
