import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { all, formAt, named, without, world } from './opened.js';
import { addressOf } from './places.js';
import { snapshot } from './world.js';

describe('a form that is not ours changes nothing (CR-4)', () => {
  test('without its token, with another one, with one in the address', async () => {
    const { acme, globex, ours } = world;
    const { person } = acme.owner;
    const before = await snapshot(world, [acme.tenantId, 'shared']);
    const strange = await globex.owner.person.token('/profile');
    const own = encodeURIComponent(await person.token('/profile'));
    // Mail programs post there without a session; what it may do is in its address (RFC 8058).
    const oneClick = all.filter((route) => route.oneClick).map(named);
    assert.deepEqual(oneClick, ['POST /unsubscribe/:token']);
    for (const { path } of all.filter((route) => route.method === 'POST' && !route.oneClick)) {
      const address = addressOf(path, ours);
      const { fields } = formAt(path);
      const statuses = [
        (await person.post(address, { ...fields })).status,
        (await person.post(address, { ...fields, _csrf: strange })).status,
        (await person.post(`${address}?_csrf=${own}`, { ...fields })).status,
      ];
      assert.deepEqual(statuses, [403, 403, 403], path);
    }
    assert.deepEqual(without(await snapshot(world, [acme.tenantId, 'shared'])), without(before));
  });

  test('from elsewhere, whatever it carries', async () => {
    const { acme, ours } = world;
    const { person } = acme.owner;
    const before = await snapshot(world, [acme.tenantId, 'shared']);
    const _csrf = await person.token('/profile');
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${world.server.origin}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    // Judged before any route is looked at, so that two of them for each door, in turn, try every one many times.
    for (const [at, { path }] of all.filter(({ method }) => method === 'POST').entries()) {
      for (const headers of [foreign[at % foreign.length], foreign[(at + 2) % foreign.length]]) {
        const fields = { ...formAt(path).fields, _csrf };
        const { status } = await person.post(addressOf(path, ours), fields, headers);
        assert.equal(status, 403, `${path} ${JSON.stringify(headers)}`);
      }
    }
    assert.deepEqual(without(await snapshot(world, [acme.tenantId, 'shared'])), without(before));
  });
});
