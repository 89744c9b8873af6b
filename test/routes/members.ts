import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allows } from '../../src/tenancy/permissions.js';
import { sameBytes } from '../features/accounts/people.js';
import type { Answer } from '../support/visitor.js';
import { ask, assertSame, inWorkspace, isPermission, named, world } from './opened.js';
import { addressOf } from './places.js';
import { snapshot } from './world.js';

test('a member of another workspace gets the bytes of a workspace that is not there (IS-4, threat 3)', async () => {
  const { acme, globex, ours } = world;
  const before = await snapshot(world, [acme.tenantId]);
  const plain = (answer: Answer, slug: string) =>
    sameBytes(answer, slug, answer.headers.get('x-request-id') ?? 'no request id');
  for (const route of inWorkspace()) {
    const real = await ask(globex.owner.person, route, addressOf(route.path, ours));
    const none = await ask(globex.owner.person, route, addressOf(route.path, { ...ours, workspace: 'zzzz' }));
    assert.equal(real.status, 404, named(route));
    assertSame(plain(real, acme.slug), plain(none, 'zzzz'), named(route));
  }
  assert.deepEqual(await snapshot(world, [acme.tenantId]), before, 'and nothing there noticed them');
});

test('whose role lacks the permission is refused, and every refusal is written down (MB-4, AU-1)', async () => {
  const { acme, bob, ours } = world;
  const closed = inWorkspace().filter(({ access }) => isPermission(access) && !allows('member', access));
  assert.ok(closed.length > 20);
  const before = await acme.events();
  for (const route of closed) {
    assert.equal((await ask(bob.person, route, addressOf(route.path, ours))).status, 403, named(route));
  }
  const refusals = (await acme.events()).slice(before.length).filter(({ event }) => event === 'permission.refused');
  assert.deepEqual(
    refusals.map(({ subjectId, actorName }) => `${actorName} ${subjectId}`),
    closed.map(({ access }) => `bob ${access}`),
  );
});
