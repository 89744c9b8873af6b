import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { sameBytes } from '../features/accounts/people.js';
import type { Answer } from '../support/visitor.js';
import { all, ask, assertSame, inWorkspace, isPermission, named, world } from './opened.js';
import { addressOf, kindsIn } from './places.js';

describe('a name that names nothing is not found (IS-4)', () => {
  const malformed = ['x', '0', '%00', '..%2f..', "'%20or%201=1--", 'a'.repeat(300)];
  let turn = 0;
  const next = () => malformed[turn++ % malformed.length] ?? '';

  test('malformed, in every place of every address', async () => {
    for (const route of all) {
      for (const kind of kindsIn(route.path)) {
        // One for each place, in turn: over all addresses every one is tried many times.
        const name = next();
        const address = addressOf(route.path, { ...world.ours, [kind]: name });
        const { status } = await ask(world.acme.owner.person, route, address);
        assert.equal(status, 404, `${named(route)} with ${kind} ${name}`);
      }
    }
  });

  test('of another workspace, or of nobody, with the same bytes', async () => {
    const { acme, ours, theirs } = world;
    const { person } = acme.owner;
    for (const route of inWorkspace()) {
      for (const kind of kindsIn(route.path)) {
        // Version 1 is there and here; a workspace that is not one's own has a test of its own.
        if (kind === 'version' || kind === 'workspace') continue;
        const nobodys = randomUUID();
        const foreign = await ask(person, route, addressOf(route.path, { ...ours, [kind]: theirs[kind] }));
        const unknown = await ask(person, route, addressOf(route.path, { ...ours, [kind]: nobodys }));
        const plain = (answer: Answer) =>
          sameBytes(answer, theirs[kind], nobodys, answer.headers.get('x-request-id') ?? 'no request id');
        assert.equal(foreign.status, 404, `${named(route)} with the ${kind} of another workspace`);
        assertSame(plain(foreign), plain(unknown), named(route));
      }
    }
  });

  test('of another member of the same workspace, where it is private (IS-5)', async () => {
    const { bob, ours } = world;
    const { conversation } = ours;
    const isPrivate = (path: string) => /(conversations|pages|spaces)\/:id/.test(path);
    const open = inWorkspace().filter(({ path, access }) => isPrivate(path) && isPermission(access));
    assert.ok(open.length >= 8);
    for (const route of open) {
      const { status } = await ask(bob.person, route, addressOf(route.path, ours));
      assert.equal(status, 404, `${named(route)} ${conversation}`);
    }
  });
});
