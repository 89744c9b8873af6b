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
import { assertTyped } from './typed.js';
import { openWorld, type World } from './world.js';

let world: World;
let all: Route[];

before(async () => {
  world = await openWorld();
  all = routes();
});
after(() => world?.close());

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

const isDownload = (path: string) => /\.(json|csv)$|export|attachments|self-tests\/:|\/data\//.test(path);

/** These would end the walk: they need nothing to be right but the token. */
const ends = new Set([
  ...['/platform/exit', '/sign-out', '/profile/sessions/deletion', '/profile/sessions/:key/deletion'],
]);

/** Fields that are read as numbers somewhere. */
const numeric = [
  'version',
  'seen',
  'days',
  'limit',
  'tokens',
  'cost',
  'idleMinutes',
  'place',
  'hour',
  'count',
  'order',
];

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
  /** What might choose the name or the kind of a download, or a header beside it. */
  const hostile = ['filename', 'name', 'download', 'format', 'type', 'callback', 'content-type']
    .map((name) => `${name}=evil.html%0d%0aX-Evil:%201%22;%20filename=evil.svg`)
    .join('&');

  test('in the address of a page; each answer has its kind, and a download a name of ours (V3.2.1, V4.1.1, V5.4.1, V5.4.2)', async () => {
    const { acme, ours } = world;
    const downloads = new Set<string>();
    for (const { path } of all.filter(({ method }) => method === 'GET')) {
      // Half of the values each time, every other parameter with the other one, and once all of them twice.
      for (const [one, other, times] of [
        [odd[0], odd[1], 2],
        [odd[2], odd[3], 1],
      ] as const) {
        const query = parameters.map((name, at) => `${name}=${at % 2 === 0 ? one : other}`);
        const address = `${addressOf(path, ours)}?${Array.from({ length: times }, () => query.join('&')).join('&')}`;
        const answer = await acme.owner.person.get(`${address}&${hostile}`);
        assert.ok(answer.status < 500, `${address.slice(0, 200)} answered ${answer.status}`);
        if (assertTyped(answer, path)) downloads.add(path);
      }
    }
    // What nonsense keeps from being there at all is asked for without it.
    for (const { path } of all.filter(({ method, path }) => method === 'GET' && isDownload(path))) {
      if (assertTyped(await acme.owner.person.get(`${addressOf(path, ours)}?${hostile}`), path)) downloads.add(path);
    }
    assert.ok(downloads.size >= 6, [...downloads].join(' '));
  });

  test('in the fields of a form: numbers without end, lists and objects for texts, and names that are none (V1.4.2, V15.3.5, V15.3.6)', async () => {
    const { bob, acme, ours } = world;
    const token = await acme.owner.person.token('/profile');
    const numbers = ['1e400', 'NaN', '-1', '2147483648', '9007199254740993', 'Infinity', '0x10', '1.5'];
    const names = Object.getOwnPropertyNames(Object.prototype);
    for (const [turn, { path }] of all.filter(({ method }) => method === 'POST').entries()) {
      if (ends.has(path)) continue;
      const fields = [...Object.keys(forms[path]?.fields ?? {}), ...numeric];
      // Each field has another one in each form: over all of them every one is tried many times.
      const odd = fields.map((name, at): [string, string] => [name, numbers[(turn + at) % numbers.length] ?? '']);
      const nested = fields.flatMap((name): [string, string][] => [
        [`${name}[]`, '1'],
        [`${name}[polluted]`, '1'],
      ]);
      const poison = [
        '__proto__',
        '__proto__[polluted]',
        'constructor[prototype][polluted]',
        'constructor',
        'toString',
      ];
      for (const pairs of [odd, [...nested, ...poison.map((name): [string, string] => [name, 'polluted'])]]) {
        const body = new URLSearchParams([...pairs, ['_csrf', token]]);
        const address = addressOf(path, { ...ours, account: bob.id });
        const headers = { Origin: world.server.origin };
        const { status } = await acme.owner.person.send(address, { method: 'POST', body, headers });
        // A name such as NaN is a good one: only no schema is ready for another workspace here.
        const isFull = path === '/workspaces' && status === 503;
        assert.ok(status < 500 || isFull, `${path} answered ${status} to ${pairs.slice(0, 3).join(' ')}`);
      }
    }
    const reported =
      '{"type":"csp-violation","__proto__":{"polluted":1},"body":{"constructor":{"prototype":{"polluted":1}}}}';
    const headers = { 'content-type': 'application/reports+json' };
    const { status } = await acme.owner.person.send('/csp-reports', { method: 'POST', body: `[${reported}]`, headers });
    assert.ok(status < 500, String(status));
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), names);
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
    const values = ['\0', '', '\ud83d', 'x'.repeat(20_000)];
    for (const [turn, { path }] of all.filter(({ method }) => method === 'POST').entries()) {
      if (ends.has(path)) continue;
      const fields = [...new Set([...Object.keys(forms[path]?.fields ?? {}), ...names])];
      // Two of them for each form, in turn: over all forms every one is tried many times.
      for (const value of turn % 2 === 0 ? values.slice(0, 2) : values.slice(2)) {
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
