import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { projectPath } from '../../../src/config.js';
import { controlsIn, stateOfControl } from '../../../src/features/assurance/evidence/control.js';
import { factNames } from '../../../src/features/assurance/evidence/facts.js';
import { frameworks } from '../../../src/features/assurance/evidence/frameworks.js';
import type { Facts } from '../../../src/features/assurance/overview/facts.js';
import { risksOf } from '../../../src/features/assurance/overview/risks.js';
import { type SelfTest, stateOf } from '../../../src/features/assurance/self-test/self-test.js';
import { defaultPolicy } from '../../../src/features/decisions/policy/policy.js';
import { findGuide } from '../../../src/features/docs/guides.js';
import { claims } from '../../../src/features/security/checks.js';
import { openPolicy } from '../../../src/tenancy/sign-in-policy.js';
import { isSignatureOf, publicKey, publicKeyFingerprint, signText } from '../../../src/vault/signature.js';

process.env.MASTER_KEY ??= Buffer.from('a test deployment key, 32 bytes!').toString('base64');
process.env.SESSION_SECRET ??= 'signs-every-cookie-of-this-run-0123456789';

const at = new Date('2026-11-22T12:00:00Z');
const daysAgo = (days: number) => new Date(at.getTime() - days * 86_400_000);
const clean: SelfTest = {
  ...{ id: '01890000-0000-7000-8000-000000000000', askedAt: at, askedBy: null, finishedAt: at, failedAt: null },
  ...{ tried: 700, refused: 700, leaked: 0 },
};
const calm: Facts = {
  ...{ at, selfTests: [clean], unprotected: [], parties: [], brokenClaims: [], approvals: defaultPolicy },
  counts: { members: 3, owners: 2, invitations: 0, expiredInvitations: 0 },
  inside: { sharedConversations: 0, privateSpaces: 0, waiting: 0, overdue: 0 },
  signIn: { ...openPolicy, secondFactorFrom: daysAgo(1), rememberBrowsers: false },
  keys: [{ purpose: 'content', generation: 1, createdAt: daysAgo(10) }],
};
const ids = (changed: Partial<Facts>) =>
  risksOf({ ...calm, ...changed }).map(({ id, severity }) => `${severity} ${id}`);
const person = (role: string) => ({ accountId: clean.id, name: 'Bob', role });

describe('the mapping of controls', () => {
  const all = frameworks.flatMap(({ id, controls }) => controls.map((control) => ({ framework: id, ...control })));

  test('names no control twice, and all requirements of ASVS 5.0 levels 1 and 2 (GV-3)', () => {
    const names = all.map(({ framework, id }) => `${framework} ${id}`);
    assert.deepEqual(
      names.filter((name, place) => names.indexOf(name) !== place),
      [],
    );
    const counts = Object.fromEntries(frameworks.map(({ id, controls }) => [id, controls.length]));
    assert.deepEqual(counts, { soc2: 33, iso27001: 93, gdpr: 35, hipaa: 46, asvs: 253 });
  });

  test('names evidence that there is: claims, facts, guides, and tests that lie where it says (GV-3)', () => {
    const files = readdirSync(projectPath('test'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.test\.ts$/.test(name),
    );
    const known: Readonly<Record<string, (name: string) => boolean>> = {
      'c:': (name) => claims.some(({ id }) => id === name),
      'f:': (name) => Object.hasOwn(factNames, name),
      'g:': (name) => findGuide(name) !== undefined,
      't:': (name) => files.some((file) => file.startsWith(name)),
    };
    const unknown = all.flatMap(({ evidence }) => evidence).filter((name) => !known[name.slice(0, 2)]?.(name.slice(2)));
    assert.deepEqual([...new Set(unknown)], []);
    for (const { id, mark, evidence } of all)
      assert.ok(mark !== '~' || evidence.length > 0, `${id} is a part of nothing`);
  });

  test('a control is as good as the worst that it rests on (GV-3)', () => {
    const rests = (...standings: ('good' | 'unsure' | 'bad')[]) =>
      standings.map((standing) => ({ kind: 'fact', text: '', standing }) as const);
    assert.equal(stateOfControl({ mark: '' }, rests('good', 'good')), 'shown');
    assert.equal(stateOfControl({ mark: '~' }, rests('good')), 'partly');
    assert.equal(stateOfControl({ mark: '' }, rests('good', 'unsure')), 'partly');
    assert.equal(stateOfControl({ mark: '~' }, rests('good', 'bad')), 'not-kept');
    assert.equal(stateOfControl({ mark: '' }, []), 'not-shown');
    assert.equal(stateOfControl({ mark: '-' }, []), 'does-not-apply');
    assert.deepEqual(controlsIn('A.1 | Words | ~ c:tls t:x\nA.2 | More |\nA.3 | None | | Why'), [
      { id: 'A.1', words: 'Words', mark: '~', evidence: ['c:tls', 't:x'] },
      { id: 'A.2', words: 'More', mark: '', evidence: [] },
      { id: 'A.3', words: 'None', mark: '', evidence: [], lacks: 'Why' },
    ]);
    assert.throws(() => controlsIn('no control'), /Not a control/);
  });
});

describe('open risks', () => {
  test('are none where everything is as it should be, and otherwise sorted by how bad they are (GV-4)', () => {
    assert.deepEqual(ids({}), []);
    const found = ids({
      selfTests: [{ ...clean, leaked: 2 }],
      signIn: openPolicy,
      unprotected: [person('member'), person('owner')],
      counts: { members: 3, owners: 1, invitations: 0, expiredInvitations: 2 },
      approvals: { ...defaultPolicy, effects: { ...defaultPolicy.effects, outside: 'run' }, agentsMayLoosen: true },
    });
    assert.deepEqual(found, [
      ...['high isolation-leak', 'high managing-without-factor', 'high runs-unasked', 'medium agents-loosen'],
      ...['low one-owner', 'low stale-invitations'],
    ]);
  });

  const cases: Readonly<Record<string, [Partial<Facts>, string]>> = {
    'a self-test that is older than a week': [
      { selfTests: [{ ...clean, finishedAt: daysAgo(9) }] },
      'medium isolation-untested',
    ],
    'no self-test at all': [{ selfTests: [] }, 'medium isolation-untested'],
    'a claim that is not kept': [{ brokenClaims: ['Nobody listens'] }, 'high claims'],
    'a member without a factor where one is demanded': [{ unprotected: [person('member')] }, 'low without-factor'],
    'a member without a factor': [{ unprotected: [person('member')], signIn: openPolicy }, 'medium without-factor'],
    'changes after reading': [{ approvals: { ...defaultPolicy, afterReading: 'run' } }, 'high after-reading'],
    'approving what one asked for': [{ approvals: { ...defaultPolicy, ownApproval: 'always' } }, 'medium own-approval'],
    'decisions that wait': [{ inside: { ...calm.inside, overdue: 4 } }, 'low decisions-waiting'],
    'remembered browsers': [{ signIn: { ...calm.signIn, rememberBrowsers: true } }, 'low remembered'],
    'an old key': [{ keys: [{ purpose: 'content', generation: 1, createdAt: daysAgo(400) }] }, 'low old-key'],
  };
  for (const [name, [changed, risk]] of Object.entries(cases)) {
    test(`${name} is one (GV-4)`, () => assert.deepEqual(ids(changed), [risk]));
  }

  test('a self-test is clean only when it was finished and nothing was reached (GV-4)', () => {
    assert.equal(stateOf(clean), 'clean');
    assert.equal(stateOf({ ...clean, leaked: 1 }), 'leaking');
    assert.equal(stateOf({ ...clean, finishedAt: null, leaked: null }), 'running');
    assert.equal(stateOf({ ...clean, finishedAt: null, failedAt: at, leaked: null }), 'failed');
  });
});

test('a signature is of these words and by this key, and the key is always the same (GV-4, V11.6.1)', () => {
  const signature = signText('nothing was reached');
  assert.ok(isSignatureOf('nothing was reached', signature));
  assert.ok(!isSignatureOf('something was reached', signature));
  assert.ok(!isSignatureOf('nothing was reached', signature, 'no key'));
  const other = publicKey().replace(/[A-Za-z0-9+/](?=[A-Za-z0-9+/=]{2}\n-)/, (letter) => (letter === 'A' ? 'B' : 'A'));
  assert.notEqual(other, publicKey());
  assert.ok(!isSignatureOf('nothing was reached', signature, other));
  assert.match(publicKeyFingerprint(), /^[0-9a-f]{64}$/);
});
