import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newPerson } from '../features/accounts/people.js';
import { all, named, without, world } from './opened.js';
import { addressOf } from './places.js';
import { deadWithoutScript } from './without-script.js';
import { snapshot } from './world.js';

test('every page opens for who may see it, and opening changes nothing (V2.3.1, V7.4.4)', async () => {
  const { acme, ours } = world;
  const schemas = [acme.tenantId, 'shared', 'graphile_worker'];
  const before = await snapshot(world, schemas);
  for (const route of all.filter(({ method }) => method === 'GET')) {
    const address = addressOf(route.path, ours);
    const target = route.path === '/leave' ? `${address}?to=${encodeURIComponent('https://example.org/')}` : address;
    const { status, location, headers, text } = await acme.owner.person.get(target);
    // Where a signed-in person has no business is led home; everything else shows itself.
    assert.ok(status === 200 || (status === 303 && route.access === 'public' && location), `${named(route)} ${status}`);
    // A way out on every page.
    if (status === 200 && headers.get('content-type')?.startsWith('text/html')) {
      assert.ok(text.includes('action="/sign-out"'), `${named(route)} has no way out`);
      assert.deepEqual(deadWithoutScript(text), [], `${named(route)} without script`);
    }
    const head = await acme.owner.person.send(target, { method: 'HEAD' });
    assert.equal(head.status, status, `HEAD ${route.path}`);
  }
  assert.deepEqual(without(await snapshot(world, schemas)), without(before));
});

test('every page that a stranger may open works without script', async () => {
  const stranger = newPerson(world.server);
  for (const route of all.filter(({ method, access }) => method === 'GET' && access === 'public')) {
    const { headers, text } = await stranger.get(addressOf(route.path, world.ours));
    if (!headers.get('content-type')?.startsWith('text/html')) continue;
    assert.deepEqual(deadWithoutScript(text), [], named(route));
  }
});
