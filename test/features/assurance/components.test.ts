import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { projectPath } from '../../../src/config.js';
import { billOfMaterials } from '../../../src/features/assurance/components/bill.js';
import { components } from '../../../src/features/assurance/components/installed.js';
import { overdue, type Review, reviewOf, standingOf } from '../../../src/features/assurance/components/review.js';
import { mendingDays, reviewDays, updatingDays } from '../../../src/features/assurance/components/windows.js';

const now = new Date('2026-11-22T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
const read = (...path: string[]) => JSON.parse(readFileSync(projectPath(...path), 'utf8'));

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}
const locked = () =>
  Object.entries(read('package-lock.json').packages as Record<string, Locked>).filter(([place]) => place !== '');
const nameAt = (place: string) => place.replace(/^.*node_modules\//, '');

describe('the bill of materials (V15.1.2)', () => {
  test('is what the lockfile says and what lies in node_modules, with the same hashes (V15.1.2)', () => {
    const { components: listed, ...bill } = billOfMaterials(now);
    assert.deepEqual([bill.bomFormat, bill.specVersion], ['CycloneDX', '1.5']);
    const named = new Map(listed.map((one) => [one['bom-ref'], one]));
    assert.equal(named.size, listed.length, 'no reference stands for two');
    const forUse = locked().filter(([, { dev }]) => !dev);
    // What is for another system or processor was not installed here, and is said to be optional where it was.
    const here = forUse.filter(([place]) => existsSync(projectPath(place)));
    for (const [place, { optional }] of forUse) assert.ok(optional || existsSync(projectPath(place)), place);
    const references = here.map(([place, { version }]) => `pkg:npm/${nameAt(place).replace('@', '%40')}@${version}`);
    assert.deepEqual([...named.keys()].sort(), [...new Set(references)].sort());
    for (const [place, { version, integrity = '' }] of here) {
      const { name, version: present } = read(place, 'package.json');
      assert.deepEqual([name, present], [nameAt(place), version], place);
      const hashes = named.get(`pkg:npm/${nameAt(place).replace('@', '%40')}@${version}`)?.hashes ?? [];
      assert.ok(
        hashes.some(({ content }) => integrity.includes(Buffer.from(content, 'hex').toString('base64'))),
        place,
      );
    }
    const folders = readdirSync(projectPath('node_modules')).filter((name) => !/^[.@]/.test(name));
    const all = new Set(locked().map(([place]) => nameAt(place)));
    assert.deepEqual(
      folders.filter((name) => !all.has(name)),
      [],
      'nothing lies there that nobody named',
    );
  });

  test('everything comes from the registry with a strong hash, and from nowhere else (V15.1.2)', () => {
    for (const [place, { integrity = '', resolved }] of locked()) {
      assert.match(integrity, /^sha512-/, place);
      assert.ok(resolved === undefined || /^https:\/\/[^/]+\/.+\.tgz$/.test(resolved), `${place} ${resolved}`);
    }
    const { dependencies, devDependencies } = read('package.json');
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      assert.match(String(version), /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} is pinned`);
    // Types, which some libraries bring with them, are libraries too.
    const tools = Object.keys(devDependencies).filter((name) => !/^(@types\/|typescript$)/.test(name));
    const listed = new Set(components().map(({ name }) => name));
    assert.ok(tools.length > 3);
    assert.deepEqual(
      tools.filter((name) => listed.has(name)),
      [],
      'no tool of development is listed',
    );
  });
});

describe('how old weaknesses and versions may become (V15.1.1, V15.2.1)', () => {
  const audit = (...found: [string, string][]) => ({
    vulnerabilities: Object.fromEntries(found.map(([name, severity]) => [name, { severity, via: [] }])),
  });
  const review = (change: Partial<Review>): Review => ({ reviewedAt: now, weak: [], behind: [], ...change });

  test('each is counted from the day on which it was first seen, whatever was looked at since (V15.2.1)', () => {
    const first = reviewOf({ audit: audit(['a', 'high'], ['b', 'info']), outdated: {} }, undefined, daysAgo(9));
    assert.deepEqual(first.weak, [{ name: 'a', severity: 'high', firstSeen: daysAgo(9) }]);
    const outdated = {
      c: { current: '1.2.3', latest: '1.3.0' },
      d: { current: '1.0.0', latest: '2.0.0' },
      e: { latest: '1.0.0' },
    };
    const then = reviewOf({ audit: audit(['a', 'high'], ['f', 'low']), outdated }, first, now);
    assert.deepEqual(
      then.weak.map(({ name, firstSeen }) => [name, firstSeen]),
      [
        ['a', daysAgo(9)],
        ['f', now],
      ],
    );
    assert.deepEqual(
      then.behind.map(({ name, step }) => `${name} ${step}`),
      ['c minor', 'd major'],
    );
    assert.deepEqual(reviewOf({ audit: audit(), outdated: {} }, then, now).weak, [], 'and forgotten when mended');
    assert.throws(() => reviewOf({ audit: { message: 'no answer' }, outdated: {} }, then, now));
  });

  test('a promised time is kept on its last day and missed on the next (V15.1.1, V15.2.1)', () => {
    for (const [severity, days] of Object.entries(mendingDays) as [keyof typeof mendingDays, number][]) {
      const weak = (age: number) => review({ weak: [{ name: 'a', severity, firstSeen: daysAgo(age) }] });
      assert.deepEqual(overdue(weak(days), now), []);
      assert.match(overdue(weak(days + 1), now).join(), new RegExp(`a ${severity} weakness .* ${days} are allowed`));
    }
    for (const [step, days] of Object.entries(updatingDays) as [keyof typeof updatingDays, number][]) {
      const old = (age: number) =>
        review({ behind: [{ name: 'a', step, present: '1.0.0', newest: '2.0.0', firstSeen: daysAgo(age) }] });
      assert.deepEqual(overdue(old(days), now), []);
      assert.equal(overdue(old(days + 1), now).length, 1);
    }
  });

  test('a review says less with every day, and without one nothing is claimed (V15.2.1)', () => {
    assert.equal(standingOf(undefined, now).state, 'unsure');
    assert.equal(standingOf(review({}), now).state, 'good');
    assert.equal(standingOf(review({ reviewedAt: daysAgo(reviewDays) }), now).state, 'good');
    assert.equal(standingOf(review({ reviewedAt: daysAgo(reviewDays + 1) }), now).state, 'unsure');
    const late = review({ weak: [{ name: 'a', severity: 'critical', firstSeen: daysAgo(30) }] });
    assert.equal(standingOf(late, now).state, 'bad');
  });
});
