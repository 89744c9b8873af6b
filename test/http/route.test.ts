import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../src/database/id.js';
import type { Access } from '../../src/http/access.js';
import { page } from '../../src/http/page.js';
import { idParam } from '../../src/http/params.js';
import { feature, routes } from '../../src/http/route.js';
import { tenantContext } from '../../src/http/signed-in.js';
import { type Answer, acmeDoors, newClient, serving, testApp, tokenIn } from './harness.js';
import { signInAs, signInFeature } from './sign-in.js';

let deleted = 0;
const agents = feature('/w/:workspace/agents');
agents.get('/', 'agents.read', (_request, response) => page(response, 'things/show', { name: 'all agents' }));
agents.get('/mine', 'member', (_request, response) => {
  const { tenant, actor, trigger, requestId, address } = tenantContext(response);
  response.json({ tenant, actor, trigger, requestId, address });
});
agents.get('/form', 'member', (_request, response) => page(response, 'things/form'));
agents.get('/:id', 'agents.read', (request, response) => void response.json({ id: idParam(request, 'id') }));
agents.post('/deletion', 'agents.delete', (_request, response) => {
  deleted += 1;
  response.redirect(303, '/');
});

const refused: string[] = [];
const app = () => testApp({ features: [signInFeature(), agents], doors: acmeDoors(refused) });

test('a route that does not say who may open it does not load (MB-4)', () => {
  const open = feature('/things');
  const handler = () => {};
  for (const access of [undefined, '', 'agents.fly', 'everybody', handler] as unknown as Access[]) {
    assert.throws(() => open.get('/x', access, handler), /does not say who may open it/);
    assert.throws(() => open.post('/x', access, handler), /does not say who may open it/);
  }
  assert.throws(() => open.get('/x', 'agents.read', handler), /cannot be open to agents\.read/);
  assert.throws(() => open.get('/x', 'member', handler), /cannot be open to member/);
  const inside = feature('/w/:workspace/things');
  assert.throws(() => inside.get('/x', 'public', handler), /cannot be open to public/);
  assert.throws(() => inside.get('/x', 'account', handler), /cannot be open to account/);
  assert.throws(() => inside.get('/x', 'platform', handler), /cannot be open to platform/);
  assert.throws(() => open.get('/x', 'platform', handler), /cannot be open to platform/);
  assert.throws(() => feature('/platform').get('/x', 'account', handler), /cannot be open to account/);
  assert.throws(() => inside.get('/x', 'member'), /does nothing/);
  assert.deepEqual(open.routes, []);
});

test('every mounted route is listed with its access (MB-4)', () => {
  app();
  const known = routes().filter(({ path }) => path.startsWith('/w/:workspace/agents'));
  assert.deepEqual(known.slice(0, 2), [
    { method: 'GET', path: '/w/:workspace/agents', access: 'agents.read' },
    { method: 'GET', path: '/w/:workspace/agents/mine', access: 'member' },
  ]);
  assert.equal(known.length, 5);
});

test('a member enters, with their role and the request in the context (IS-4)', async () => {
  await serving(app(), async (port) => {
    const client = newClient(port);
    await signInAs(client, 'bob');
    const answer = await client.get('/w/acme/agents/mine');
    const context = JSON.parse(answer.text);
    assert.equal(context.tenant.slug, 'acme');
    assert.deepEqual([context.actor.kind, context.actor.name, context.actor.role], ['member', 'Bob', 'member']);
    assert.deepEqual([context.trigger, context.address], ['page', '127.0.0.1']);
    assert.equal(context.requestId, answer.headers['x-request-id']);
    const shown = await client.get('/w/acme/agents');
    assert.match(shown.text, /class="workspace"><nav>Acme of 0/);
  });
});

test('a workspace of others answers like one that does not exist, byte for byte (IS-4)', async () => {
  await serving(testApp({ features: [signInFeature(), agents], doors: acmeDoors() }), async (port) => {
    const bob = newClient(port);
    await signInAs(bob, 'bob');
    const same = ({ status, headers, text }: Answer) => {
      const id = String(headers['x-request-id']);
      const { date: _date, ...kept } = headers;
      const blind = (value: string) => value.replaceAll(id, 'ID').replace(/nonce-[^']+/g, 'nonce');
      return blind(JSON.stringify({ status, kept, text }));
    };
    const strangers = testApp({
      features: [signInFeature(), agents],
      doors: { ...acmeDoors(), enterWorkspace: async () => undefined },
    });
    await serving(strangers, async (otherPort) => {
      const outsider = newClient(otherPort);
      await signInAs(outsider, 'bob');
      const foreign = await outsider.get('/w/acme/agents');
      const unknown = await bob.get('/w/nowhere/agents');
      assert.equal(foreign.status, 404);
      assert.equal(same(foreign), same(unknown));
      assert.equal(same(await outsider.get('/w/ACME/agents')), same(unknown));
      assert.equal(same(await outsider.get('/no/such/page')), same(unknown));
      const token = tokenIn((await outsider.get('/me/form')).text);
      assert.equal((await outsider.post('/w/acme/agents/deletion', { _csrf: token })).status, 404);
    });
  });
});

test('a role that does not include it is refused, and that is written down (MB-4, AU-1)', async () => {
  refused.length = 0;
  deleted = 0;
  await serving(app(), async (port) => {
    const bob = newClient(port);
    await signInAs(bob, 'bob');
    const token = tokenIn((await bob.get('/w/acme/agents/form')).text);
    const answer = await bob.post('/w/acme/agents/deletion', { _csrf: token });
    assert.equal(answer.status, 403);
    assert.match(answer.text, /Your role in this workspace does not include this/);
    assert.deepEqual(refused, [`member agents.delete ${answer.headers['x-request-id']}`]);
    const alice = newClient(port);
    await signInAs(alice, 'alice');
    const hers = tokenIn((await alice.get('/w/acme/agents/form')).text);
    assert.equal((await alice.post('/w/acme/agents/deletion', { _csrf: hers })).status, 303);
    assert.deepEqual([deleted, refused.length], [1, 1]);
  });
});

test('who is not signed in is asked to, and comes back; a program gets 401 (AC-10)', async () => {
  await serving(app(), async (port) => {
    const client = newClient(port);
    const asked = await client.get('/w/acme/agents?sort=name&x=%2F%2Fevil');
    assert.equal(asked.status, 303);
    const next = new URL(String(asked.headers.location), 'http://localhost').searchParams.get('next');
    assert.equal(next, '/w/acme/agents?sort=name&x=%2F%2Fevil');
    const program = await client.get('/w/acme/agents', { headers: { accept: 'application/json' } });
    assert.equal(program.status, 401);
    assert.match(String(program.headers['content-type']), /^application\/problem\+json/);
    assert.equal(JSON.parse(program.text).requestId, program.headers['x-request-id']);
    assert.equal((await client.get('/w/acme/agents', { headers: { accept: 'text/event-stream' } })).status, 401);
    assert.equal((await client.post('/w/acme/agents/deletion', {})).status, 401);
  });
});

test('a malformed id names nothing (IS-4)', async () => {
  await serving(app(), async (port) => {
    const client = newClient(port);
    await signInAs(client, 'alice');
    const id = newId();
    assert.deepEqual(JSON.parse((await client.get(`/w/acme/agents/${id}`)).text), { id });
    for (const wrong of ['7', `${id}x`, id.toUpperCase(), `${id}%00`, "' or 1=1", '%E0%A4%A', '..%2f..', id.slice(1)]) {
      assert.equal((await client.get(`/w/acme/agents/${encodeURI(wrong)}`)).status, 404, wrong);
    }
  });
});

test('only GET, HEAD and POST are used (ASVS 13.4.4)', async () => {
  await serving(app(), async (port) => {
    const { ask } = newClient(port);
    for (const method of ['TRACE', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const answer = await ask('/', { method });
      assert.equal(answer.status, 405, method);
      assert.equal(answer.headers.allow, 'GET, HEAD, POST');
    }
    const overridden = await ask('/', { method: 'POST', headers: { 'x-http-method-override': 'GET' } });
    assert.equal(overridden.status, 404);
  });
});
