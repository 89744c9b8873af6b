import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type Route, routes } from '../src/http/route.js';
import { allows, type Permission, permissions } from '../src/tenancy/permissions.js';
import { newPerson, type Person, sameBytes } from './features/accounts/people.js';
import { forms } from './routes/forms.js';
import { deadWithoutScript } from './routes/without-script.js';
import { addressOf, kindsIn, openWorld, postForm, snapshot, type World } from './routes/world.js';
import type { Answer } from './support/visitor.js';

/**
 * Every door of the application, walked from the registry that mounts them: a route that is added is tried here
 * without anybody remembering to. Nothing is skipped but what a comment says.
 */
let world: World;
let all: Route[];

before(async () => {
  world = await openWorld();
  all = routes();
});
after(() => world?.close());

const isPermission = (access: string): access is Permission => (permissions as readonly string[]).includes(access);
const named = ({ method, path }: Route) => `${method} ${path}`;
const inWorkspace = () => all.filter(({ path }) => path.startsWith('/w/'));
const formAt = (path: string) => forms[path] ?? {};

/** Pages are long: what differs is shown with a little around it. */
function assertSame(one: string, other: string, message: string): void {
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 60);
  assert.equal(around(one), around(other), message);
  assert.equal(one.length, other.length, message);
}

function ask(person: Person, { method, path }: Route, address: string): Promise<Answer> {
  return method === 'GET' ? person.get(address) : postForm(person, address, formAt(path));
}

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

/** Sessions are renewed and requests are counted whatever is asked. */
function without(tables: Record<string, string>): Record<string, string> {
  const { 'shared.sessions': _, 'shared.rate_limits': __, ...rest } = tables;
  return rest;
}

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
