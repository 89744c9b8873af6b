import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newPerson } from '../features/accounts/people.js';
import { all, formAt, named, world } from './opened.js';
import { addressOf } from './places.js';

test('what is open to everybody is exactly this, so that a new public door is a decision', () => {
  const open = all.filter(({ access }) => access === 'public').map(named);
  assert.deepEqual(open.sort(), [
    'GET /',
    'GET /.well-known/change-password',
    'GET /.well-known/security.txt',
    'GET /account',
    'GET /docs',
    'GET /docs/:guide',
    'GET /health',
    'GET /invitations/:token',
    'GET /login/verify/:challenge',
    'GET /ready',
    'GET /recover',
    'GET /recover/:token',
    'GET /recover/sent',
    'GET /security',
    'GET /security/acknowledgements',
    'GET /security/claims.json',
    'GET /security/key.pem',
    'GET /security/policy',
    'GET /security/reports/:token',
    'GET /security/reports/new',
    'GET /sign-in',
    'GET /sign-in/code',
    'GET /sign-in/code/entry',
    'GET /sign-in/github/callback',
    'GET /sign-in/google/callback',
    'GET /sign-up',
    'GET /sign-up/finish',
    'GET /sign-up/sent',
    'GET /status',
    'GET /status.json',
    'GET /status/feed',
    'GET /status/incidents/:id',
    'GET /unsubscribe/:token',
    'GET /verify-email/:token',
    'POST /invitations/:token/account',
    'POST /login/verify/:challenge',
    'POST /login/verify/:challenge/passkey',
    'POST /recover',
    'POST /recover/:token',
    'POST /security/reports',
    'POST /security/reports/:token/acknowledgement',
    'POST /security/reports/:token/acknowledgement/withdrawal',
    'POST /security/reports/:token/messages',
    'POST /sign-in',
    'POST /sign-in/code',
    'POST /sign-in/code/entry',
    'POST /sign-in/github',
    'POST /sign-in/google',
    'POST /sign-in/passkey',
    'POST /sign-in/passkey/challenge',
    'POST /sign-up',
    'POST /sign-up/finish',
    'POST /sign-up/resend',
    'POST /unsubscribe/:token',
    'POST /verify-email/:token',
  ]);
});

test('signed out, every other page leads to the sign-in and every other form is refused (IS-4)', async () => {
  const { ours } = world;
  const stranger = newPerson(world.server);
  const _csrf = await stranger.token('/sign-in');
  for (const route of all.filter(({ access }) => access !== 'public')) {
    const person = newPerson(world.server);
    const address = addressOf(route.path, ours);
    if (route.method === 'GET') {
      const answer = await person.get(address);
      assert.deepEqual([answer.status, answer.location], [303, `/sign-in?next=${encodeURIComponent(address)}`]);
      assert.equal((await person.get(address, { accept: 'application/json' })).status, 401, named(route));
    } else {
      const { status } = await stranger.post(address, { ...formAt(route.path).fields, _csrf });
      assert.ok(status === 401 || status === 403, `${named(route)} ${status}`);
    }
  }
});
