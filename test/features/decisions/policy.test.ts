import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approvalsNeeded, defaultPolicy, type Policy, ruleFor } from '../../../src/features/decisions/policy/policy.js';
import { suspicions, visible } from '../../../src/features/decisions/suspicious.js';

const policy = (changes: Partial<Policy>): Policy => ({ ...defaultPolicy, ...changes });
const reading = { name: 'search', effect: 'reads' } as const;
const adding = { name: 'add', effect: 'inside' } as const;
const deleting = { name: 'delete', effect: 'irreversible' } as const;
const sending = { name: 'send', effect: 'outside' } as const;

test('by itself a workspace is asked about what leaves it or cannot be undone, and about nothing else (AG-6)', () => {
  const rules = [reading, adding, deleting, sending].map((call) => ruleFor(defaultPolicy, {}, call));
  assert.deepEqual(rules, ['run', 'run', 'ask', 'ask']);
});

test("the workspace's rule for a tool takes the place of its rule for the effect (AG-6)", () => {
  const own = policy({ tools: { delete: 'run', add: 'ask', search: 'never' } });
  assert.deepEqual(
    [reading, adding, deleting].map((call) => ruleFor(own, {}, call)),
    ['never', 'ask', 'run'],
  );
});

test('of workspace and agent the stricter one counts (AG-6)', () => {
  assert.equal(ruleFor(defaultPolicy, { delete: 'run' }, deleting), 'ask');
  assert.equal(ruleFor(defaultPolicy, { delete: 'never' }, deleting), 'never');
  assert.equal(ruleFor(defaultPolicy, { add: 'ask' }, adding), 'ask');
});

test('an agent loosens only where the workspace lets it, and never a never (AG-6)', () => {
  const loose = policy({ agentsMayLoosen: true, tools: { send: 'never' } });
  assert.equal(ruleFor(loose, { delete: 'run' }, deleting), 'run');
  assert.equal(ruleFor(loose, { send: 'run' }, sending), 'never');
  assert.equal(ruleFor(loose, { add: 'never' }, adding), 'never');
});

test('above the amount a person is asked although the call may run, and two must approve (AG-6)', () => {
  const limited = policy({ tools: { send: 'run' }, amountLimit: 500 });
  const of = (amount: number) => ({ ...sending, amount });
  assert.deepEqual(
    [of(500), of(500.01), of(-501), of(Number.NaN)].map((call) => ruleFor(limited, {}, call)),
    ['run', 'ask', 'ask', 'ask'],
  );
  assert.deepEqual(
    [of(500), of(501), sending].map((call) => approvalsNeeded(limited, call)),
    [1, 2, 1],
  );
  assert.equal(ruleFor(limited, { send: 'never' }, of(1)), 'never');
});

test('two must approve what is risky, or everything, when the policy says so (AG-6)', () => {
  const risky = policy({ secondApproval: 'risky' });
  assert.deepEqual(
    [reading, adding, deleting, sending].map((call) => approvalsNeeded(risky, call)),
    [1, 1, 2, 2],
  );
  assert.equal(approvalsNeeded(policy({ secondApproval: 'always' }), reading), 2);
});

test('letters that look like others, and signs that nobody sees, are pointed out (threat 16)', () => {
  assert.deepEqual(suspicions('Pay Müller 50 € today, naïve résumé, Привет мир'), []);
  assert.match(suspicions('Pay p\u0430ypal')[0] ?? '', /mix alphabets.*p\u0430ypal/);
  assert.match(suspicions('50\u202e00.1')[0] ?? '', /cannot be seen \(1\)/);
  assert.equal(visible('a\u202eb\u200bc'), 'a⟨U+202E⟩b⟨U+200B⟩c');
  assert.equal(visible('two\nlines\tand a tab'), 'two\nlines\tand a tab');
});
