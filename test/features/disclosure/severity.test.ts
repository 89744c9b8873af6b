import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricGroups } from '../../../src/features/disclosure/severity/metrics.js';
import { ratingOf, scoreOf } from '../../../src/features/disclosure/severity/score.js';
import { nomenclature, parseVector, vectorOf } from '../../../src/features/disclosure/severity/vector.js';

/** With the scores that other calculators of CVSS 4.0 give them, and the specification’s own for the highest and none. */
const published: readonly (readonly [vector: string, score: number])[] = [
  ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H', 10],
  ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:L', 9.2],
  ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:L/SA:N', 6.9],
  ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:H/SI:L/SA:H', 7.9],
  ['AV:N/AC:L/AT:N/PR:N/UI:A/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N', 5.1],
  ['AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:L/VA:N/SC:H/SI:N/SA:L', 8.4],
  ['AV:N/AC:L/AT:N/PR:H/UI:A/VC:L/VI:N/VA:N/SC:H/SI:N/SA:H', 6],
  ['AV:N/AC:L/AT:P/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:N/SA:N', 2.1],
  ['AV:N/AC:L/AT:P/PR:H/UI:A/VC:N/VI:L/VA:L/SC:L/SI:N/SA:N', 1.8],
  ['AV:N/AC:H/AT:N/PR:L/UI:A/VC:H/VI:H/VA:N/SC:N/SI:L/SA:L', 7.2],
  ['AV:N/AC:H/AT:P/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:L/SA:N', 9.5],
  ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N/E:A', 0],
  ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:A', 7.3],
  ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P', 5.9],
  ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:U', 4.1],
  ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/CR:H/IR:H/AR:M', 7.2],
  ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/CR:H/IR:M/AR:L', 7.1],
  ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/CR:M/IR:M/AR:M', 5.5],
  ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/CR:L/IR:L/AR:L', 5.4],
];

test('published vectors have their published scores (GV-5)', () => {
  for (const [rest, score] of published) {
    const chosen = parseVector(`CVSS:4.0/${rest}`);
    assert.ok(chosen, rest);
    assert.equal(scoreOf(chosen), score, rest);
  }
});

test('what is so here takes the place of what is so elsewhere, and safety counts here alone (GV-5)', () => {
  const base = parseVector('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N') ?? {};
  assert.equal(scoreOf(base), 9.3);
  assert.equal(scoreOf({ ...base, MAV: 'P', MPR: 'H', MUI: 'A' }), scoreOf({ ...base, AV: 'P', PR: 'H', UI: 'A' }));
  assert.equal(scoreOf({ ...base, MVC: 'N', MVI: 'N', MVA: 'N' }), 0);
  assert.equal(scoreOf({ ...base, MSI: 'S' }), 10);
  assert.equal(scoreOf({ ...base, S: 'P', AU: 'Y', U: 'Red' }), scoreOf(base), 'supplemental metrics do not count');
  assert.equal(parseVector(`${vectorOf(base)}`.replace('SI:N', 'SI:S')), undefined);
});

test('every base vector has a score between 0 and 10, and nothing that is worse has a lower one (GV-5)', () => {
  const metrics = metricGroups.filter(({ mandatory }) => mandatory).flatMap((group) => group.metrics);
  const worst = Object.fromEntries(metrics.map(({ id, choices }) => [id, choices[0]?.[0] ?? '']));
  for (const { id, choices } of metrics) {
    const scores = choices.map(([value]) => scoreOf({ ...worst, [id]: value }));
    assert.deepEqual(
      scores,
      [...scores].sort((one, other) => other - one),
      id,
    );
    assert.ok(scores.every((score) => score >= 0 && score <= 10));
  }
});

test('a vector is told from what only looks like one, and keeps its order (GV-5)', () => {
  const whole = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H';
  for (const wrong of [
    '',
    whole.replace('4.0', '3.1'),
    whole.replace('/SA:H', ''),
    whole.replace('AV:N', 'AV:X'),
    whole.replace('AV:N', 'AV:Q'),
    whole.replace('AV:N/AC:L', 'AC:L/AV:N'),
    `${whole}/E:A/E:P`,
    `${whole}/XX:A`,
    `${whole}/__proto__:A`,
    `${whole}/`,
  ]) {
    assert.equal(parseVector(wrong), undefined, wrong);
  }
  const full = `${whole}/E:P/CR:L/MAV:A/S:N/U:Clear`;
  assert.equal(vectorOf(parseVector(full) ?? {}), full);
  assert.equal(vectorOf(parseVector(`${whole}/E:X`) ?? {}), whole);
  assert.deepEqual(
    [whole, `${whole}/E:A`, `${whole}/CR:L`, full].map((each) => nomenclature(parseVector(each) ?? {})),
    ['CVSS-B', 'CVSS-BT', 'CVSS-BE', 'CVSS-BTE'],
  );
});

test('ratings begin where the specification says (GV-5)', () => {
  const edges = [0, 0.1, 3.9, 4, 6.9, 7, 8.9, 9, 10];
  const names = ['none', 'low', 'low', 'medium', 'medium', 'high', 'high', 'critical', 'critical'];
  assert.deepEqual(edges.map(ratingOf), names);
});
