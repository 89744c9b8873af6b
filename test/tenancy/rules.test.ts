import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mayGive, mayTouch } from '../../src/features/members/member.js';
import { lockedOutBy, PolicyDraft, policyAfter } from '../../src/features/workspaces/sign-in/draft.js';
import {
  allows,
  covers,
  grantable,
  ownersOnly,
  permissions,
  permissionsOf,
  roles,
  union,
  withoutChanging,
} from '../../src/tenancy/permissions.js';
import { openPolicy, strictest, unmet, upcoming } from '../../src/tenancy/sign-in-policy.js';

const day = 86_400_000;
const at = (days: number) => new Date(Date.UTC(2027, 0, 10) + days * day);

describe('the table of permissions (MB-3, MB-4, V8.1.1)', () => {
  test('what only owners have is in no other role, and cannot be put into one', () => {
    for (const permission of ownersOnly) {
      assert.deepEqual(
        roles.filter((role) => allows(role, permission)),
        ['owner'],
      );
      assert.ok(!union('user', [permission]).has(permission));
      assert.ok(!grantable.includes(permission));
    }
    assert.deepEqual([...permissionsOf('owner')], permissions);
  });

  test('roles add up, and a name that is no permission gives nothing', () => {
    const both = union('user', ['audit.read', 'audit.erase', 'workspace.delete', '']);
    assert.deepEqual(
      [...both].filter((permission) => !allows('user', permission)),
      ['audit.read'],
    );
    assert.equal(union('member', []), permissionsOf('member'));
  });

  test('every role includes what the lowest has, so that nobody loses by being given a higher one', () => {
    for (const role of roles) assert.ok(covers(permissionsOf(role), permissionsOf('user')), role);
  });

  test('nobody gives what they do not have, and only owners make owners (V8.2.1)', () => {
    const standing = (role: (typeof roles)[number], granted: string[] = []) => ({
      role,
      permissions: union(role, granted),
    });
    for (const own of roles) {
      for (const given of roles) {
        const has = [...permissionsOf(given)].every((permission) => allows(own, permission));
        assert.equal(mayGive(standing(own), given), given === 'owner' ? own === 'owner' : has, `${own} ${given}`);
      }
    }
    assert.ok(!mayGive(standing('admin', [...permissions]), 'owner'), 'not by any role of a workspace’s own');
    assert.ok(!mayTouch(standing('admin', [...permissions]), standing('owner')));
    assert.ok(mayTouch(standing('workspace-admin'), standing('agent-developer')));
    assert.ok(!mayTouch(standing('workspace-admin'), standing('admin')));
    assert.ok(!mayTouch(standing('user', ['members.update']), standing('workspace-admin')));
    assert.ok(mayTouch(standing('admin'), standing('admin')));
  });

  test('when a trial has ended, what is left is to look, to end access and to take one’s leave (MB-8)', () => {
    const left = [...withoutChanging(permissionsOf('owner'))];
    const writing = left.filter((permission) => !permission.endsWith('.read'));
    assert.deepEqual(writing.sort(), ['members.delete', 'workspace.delete']);
    assert.ok(covers(permissionsOf('user'), withoutChanging(permissionsOf('user'))));
  });
});

describe('what a workspace demands of sign-ins (AC-6, V6.3.3)', () => {
  const demanding = { ...openPolicy, secondFactorFrom: at(0), noPasswordsFrom: null };

  test('each way in, against each demand', () => {
    const table: readonly [string[], string[], string[], string[]][] = [
      // methods, second factor demanded, no passwords, no codes
      [['password'], ['second-factor'], ['no-passwords'], []],
      [['password', 'authenticator'], [], ['no-passwords'], []],
      [['password', 'passkey'], [], ['no-passwords'], []],
      [['password', 'code'], [], ['no-passwords'], []],
      [['password', 'password'], ['second-factor'], ['no-passwords'], []],
      [['password', 'remembered'], [], ['no-passwords'], []],
      [['passkey'], [], [], []],
      [['google'], ['second-factor'], [], []],
      [['github', 'authenticator'], [], [], []],
      [['code'], ['second-factor'], [], ['no-codes']],
      [['code', 'code'], ['second-factor'], [], ['no-codes']],
      [['passkey', 'code'], [], [], []],
      [[], ['second-factor'], [], []],
    ];
    for (const [methods, second, passwords, codes] of table) {
      const told = methods.join('+');
      assert.deepEqual(unmet(demanding, methods, at(1)), second, told);
      assert.deepEqual(unmet({ ...openPolicy, noPasswordsFrom: at(0) }, methods, at(1)), passwords, told);
      assert.deepEqual(unmet({ ...openPolicy, noCodesFrom: at(0) }, methods, at(1)), codes, told);
      assert.deepEqual(unmet(openPolicy, methods, at(1)), [], told);
    }
  });

  test('what is forbidden is no second factor either, nor a browser that was remembered', () => {
    const noCodes = { ...demanding, noCodesFrom: at(0) };
    assert.deepEqual(unmet(noCodes, ['password', 'code'], at(1)), ['second-factor']);
    assert.deepEqual(unmet(noCodes, ['password', 'authenticator'], at(1)), []);
    const asked = { ...demanding, rememberBrowsers: false };
    assert.deepEqual(unmet(asked, ['password', 'remembered'], at(1)), ['second-factor']);
  });

  test('a demand is announced until its instant, and only to whom it will keep out', () => {
    assert.deepEqual(unmet(demanding, ['password'], at(-1)), []);
    assert.deepEqual(upcoming(demanding, ['password'], at(-1)), [{ demand: 'second-factor', from: at(0) }]);
    assert.deepEqual(upcoming(demanding, ['passkey'], at(-1)), []);
    assert.deepEqual(upcoming(demanding, ['password'], at(1)), []);
  });

  test('of several workspaces the strictest counts', () => {
    const one = { ...openPolicy, idleMinutes: 10, secondFactorFrom: at(5) };
    const other = { ...openPolicy, rememberBrowsers: false, secondFactorFrom: at(2), noCodesFrom: at(9) };
    assert.deepEqual(strictest([openPolicy, one, other]), {
      secondFactorFrom: at(2),
      noPasswordsFrom: null,
      noCodesFrom: at(9),
      rememberBrowsers: false,
      idleMinutes: 10,
    });
  });

  test('a new demand waits for the days of grace, and one that counts already goes on', () => {
    const draft = PolicyDraft.parse({ secondFactor: 'on', noCodes: 'on', graceDays: '7', idleMinutes: '15' });
    const after = policyAfter(demanding, draft, at(3));
    assert.deepEqual(after, {
      secondFactorFrom: at(0),
      noPasswordsFrom: null,
      noCodesFrom: at(10),
      rememberBrowsers: false,
      idleMinutes: 15,
    });
    assert.deepEqual(lockedOutBy(after, ['code']), ['second-factor', 'no-codes'], 'grace does not help its author');
    for (const wrong of [
      { graceDays: '31' },
      { graceDays: '-1' },
      { graceDays: 'x' },
      { idleMinutes: '4' },
      { idleMinutes: '31' },
    ]) {
      assert.ok(!PolicyDraft.safeParse(wrong).success, JSON.stringify(wrong));
    }
  });
});
