import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Route, routes } from '../../src/http/route.js';
import { allTools, fileTools } from '../../src/llm/tool.js';
import type { TenantContext } from '../../src/tenancy/context.js';
import { memberActor } from '../../src/tenancy/directory.js';
import { permissionsOf } from '../../src/tenancy/permissions.js';
import type { Team } from '../features/members/team.js';
import { assertDeclares, assertFinds, assertFindsNothing, idsOf } from './foreign-ids.js';
import { forms } from './forms.js';
import { addressOf } from './places.js';
import { openWorld, type World } from './world.js';

let world: World;
let all: Route[];

before(async () => {
  world = await openWorld();
  all = routes();
});
after(() => world?.close());

describe('nonsense is answered, and is never a failure of ours (V2.2.1)', () => {
  const odd = ['%00', '-1', '%F0%9F%92%A1%5B%5D', '9'.repeat(400)];
  const parameters = [
    'q',
    'page',
    'before',
    'after',
    'from',
    'to',
    'chunk',
    'part',
    'agent',
    'show',
    'next',
    'category',
  ];

  test('in the address of a page', async () => {
    const { acme, ours } = world;
    for (const { path } of all.filter(({ method }) => method === 'GET')) {
      // Half of the values each time, every other parameter with the other one, and once all of them twice.
      for (const [one, other, times] of [
        [odd[0], odd[1], 2],
        [odd[2], odd[3], 1],
      ] as const) {
        const query = parameters.map((name, at) => `${name}=${at % 2 === 0 ? one : other}`);
        const address = `${addressOf(path, ours)}?${Array.from({ length: times }, () => query.join('&')).join('&')}`;
        const { status } = await acme.owner.person.get(address);
        assert.ok(status < 500, `${address.slice(0, 200)} answered ${status}`);
      }
    }
  });

  test('in the fields of a form', async () => {
    const { bob, acme, ours } = world;
    const token = await acme.owner.person.token('/profile');
    const names = [
      'email',
      'username',
      'login',
      'password',
      'workspaceName',
      'model',
      'tools',
      'documents',
      'roles',
    ].concat('account');
    for (const { path } of all.filter(({ method }) => method === 'POST')) {
      // These would end the walk: they need nothing to be right but the token.
      if (path === '/platform/exit' || path === '/sign-out' || path === '/profile/sessions/deletion') continue;
      const fields = [...new Set([...Object.keys(forms[path]?.fields ?? {}), ...names])];
      for (const value of ['\0', '\ud83d', 'x'.repeat(20_000), '']) {
        const body = new URLSearchParams(
          fields.flatMap((name): [string, string][] => [
            [name, value],
            [name, value],
          ]),
        );
        body.append('_csrf', token);
        const headers = { Origin: world.server.origin };
        const address = addressOf(path, { ...ours, account: bob.id });
        const { status } = await acme.owner.person.send(address, { method: 'POST', body, headers });
        assert.ok(status < 500, `${path} answered ${status} to ${JSON.stringify(value.slice(0, 20))}`);
      }
    }
  });
});

describe('an agent’s tools find nothing of others (AG-4, IS-4)', () => {
  const acting = ({ context }: Team, agentId: string, person = context.actor): TenantContext => {
    assert.ok(person.kind === 'member');
    return { ...context, trigger: 'chat', actor: { kind: 'agent', agentId, name: 'Guide', onBehalfOf: person } };
  };
  const withIds = () => [...allTools(), ...fileTools()].filter((tool) => idsOf(tool).length > 0);

  test('and say what they are about, so that the rule of that thing judges who decides (IS-5, AG-6)', async () => {
    const { acme, ours } = world;
    for (const tool of withIds()) await assertDeclares({ tool, names: ours, context: acting(acme, ours.agent) });
  });

  test('of another workspace, whoever asks there', async () => {
    const { acme, globex, ours, theirs } = world;
    assert.ok(withIds().length >= 16);
    for (const tool of withIds()) {
      await assertFindsNothing({ tool, names: ours, context: acting(globex, theirs.agent) });
      await assertFinds({ tool, names: ours, context: acting(acme, ours.agent) });
    }
  });

  test('of another member, where it is private: spaces, their pages, files of a conversation (IS-5)', async () => {
    const { acme, bob, ours } = world;
    const role = { role: bob.role, permissions: permissionsOf('admin') };
    const context = acting(acme, ours.agent, memberActor({ id: bob.id, name: bob.name }, role));
    const isPrivate = new Set(['space', 'page', 'file']);
    const tools = withIds().filter((tool) => idsOf(tool).some(({ kind }) => isPrivate.has(kind)));
    assert.ok(tools.length >= 7);
    for (const tool of tools) await assertFindsNothing({ tool, names: ours, context });
  });
});
