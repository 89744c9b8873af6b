import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { searchKnowledge } from '../../../src/features/knowledge/search/search.js';
import { routes } from '../../../src/http/route.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { getTenant } from '../../../src/tenancy/directory.js';
import { permissionsOf } from '../../../src/tenancy/permissions.js';
import type { Answer } from '../../support/visitor.js';
import { newPerson, sameBytes } from '../accounts/people.js';
import { add, added, type Library, openLibrary, type Reader, settled, upload, type Workspace } from './library.js';

let library: Library;
let acme: Workspace;
let globex: Workspace;
let bob: Reader;
let open: string;
let closed: string;
const unknown = '0190a000-0000-7000-8000-000000000000';

before(async () => {
  library = await openLibrary();
  [acme, globex] = [await library.open('Acme', 'alice'), await library.open('Globex', 'charlie')];
  bob = await acme.join('bob', 'member');
  open = await add(acme.owner, acme.home, 'open.txt', 'The lighthouse keeper paints the railing in spring.');
  closed = await add(acme.owner, acme.home, 'closed.txt', 'The lighthouse will be sold in autumn.');
});
after(() => library?.close());

/** Every door of the feature, for this document. */
function doors(id: string) {
  return routes()
    .filter(({ path }) => path.startsWith('/w/:workspace/knowledge'))
    .map(({ method, path }) => ({ method, path: path.replace('/w/:workspace/knowledge', '').replace(':id', id) }));
}

const bytesOf = (answer: Answer, ...typed: string[]) =>
  sameBytes(answer, ...typed, answer.headers.get('x-request-id') ?? '-');

async function knock(
  { person }: Reader,
  home: string,
  { method, path }: { method: string; path: string },
  token = 'none',
) {
  return method === 'GET' ? person.get(`${home}${path}`) : person.post(`${home}${path}`, { _csrf: token });
}

async function search({ id, name }: Reader, role: 'owner' | 'member', within?: readonly string[]) {
  const tenant = await getTenant(acme.tenantId);
  assert.ok(tenant);
  const actor = { kind: 'member', accountId: id, name, role, permissions: permissionsOf(role) } as const;
  const context: TenantContext = { tenant, actor, trigger: 'chat', requestId: 'test' };
  const found = await searchKnowledge(context, { query: 'lighthouse', limit: 10, ...(within ? { within } : {}) });
  return found.map(({ documentId }) => documentId).sort();
}

describe('one document, one role (KB-6)', () => {
  const change = (fields: Record<string, string>) =>
    acme.owner.person.submit(`${acme.home}/${closed}`, fields, `${acme.home}/${closed}/access`);

  test('everyone finds and opens what is for everyone', async () => {
    assert.deepEqual(await search(bob, 'member'), [open, closed].sort());
    assert.equal((await bob.person.get(`${acme.home}/${closed}`)).status, 200);
  });

  test('managers only: a member neither lists, opens, asks about nor finds it', async () => {
    assert.equal((await change({ access: 'roles' })).status, 303);
    assert.deepEqual(await search(bob, 'member'), [open]);
    assert.deepEqual(await search(acme.owner, 'owner'), [open, closed].sort());
    assert.doesNotMatch((await bob.person.get(acme.home)).text, /closed\.txt/);
    for (const path of ['', '/status']) {
      const answer = await bob.person.get(`${acme.home}/${closed}${path}`);
      const stranger = await bob.person.get(`${acme.home}/${unknown}${path}`);
      assert.equal(answer.status, 404);
      assert.equal(bytesOf(answer, closed), bytesOf(stranger, unknown));
    }
    assert.equal((await acme.owner.person.get(`${acme.home}/${closed}`)).status, 200);
  });

  test('opened to members again', async () => {
    assert.equal((await change({ access: 'roles', roles: 'member' })).status, 303);
    assert.deepEqual(await search(bob, 'member'), [open, closed].sort());
    const changes = (await acme.events()).filter(({ event }) => event === 'document.access-changed');
    assert.deepEqual(
      changes.map(({ details }) => details.access),
      ['managers only', 'member'],
    );
  });

  test('a choice that is none is refused', async () => {
    assert.equal((await change({ access: 'nobody' })).status, 422);
    assert.equal((await change({ access: 'roles', roles: 'emperor' })).status, 422);
  });

  test('an agent searches what was chosen for it, and never more than its asker may read', async () => {
    assert.deepEqual(await search(bob, 'member', [closed]), [closed]);
    assert.deepEqual(await search(bob, 'member', []), []);
    await change({ access: 'roles' });
    assert.deepEqual(await search(bob, 'member', [closed]), []);
    assert.deepEqual(await search(acme.owner, 'owner', [closed]), [closed]);
    await change({ access: 'everyone' });
  });

  test('the page names the agents that may search it', async () => {
    assert.match((await bob.person.get(`${acme.home}/${open}`)).text, /Agents that may search it[\s\S]{0,80}Guide/);
  });
});

describe('another workspace (IS-4)', () => {
  test('its owner gets the same bytes for a document of acme as for one that never was', async () => {
    const token = await globex.owner.person.token(globex.home);
    for (const door of doors(open).filter(({ path }) => path.includes(open))) {
      const inGlobex = await knock(globex.owner, globex.home, door, token);
      const nowhere = { ...door, path: door.path.replace(open, unknown) };
      const forUnknown = await knock(globex.owner, globex.home, nowhere, token);
      assert.ok([404, 422].includes(inGlobex.status), `${door.method} ${door.path}`);
      assert.equal(bytesOf(inGlobex, open), bytesOf(forUnknown, unknown), `${door.method} ${door.path}`);
    }
    assert.equal((await acme.owner.person.get(`${acme.home}/${open}`)).status, 200);
  });

  test('and every door of acme is closed to her as if acme were not there', async () => {
    for (const door of doors(open)) {
      const answer = await knock(globex.owner, acme.home, door);
      const nowhere = await knock(globex.owner, '/w/nowhere/knowledge', door);
      assert.equal(answer.status, 404, `${door.method} ${door.path}`);
      assert.equal(bytesOf(answer, 'acme'), bytesOf(nowhere, 'nowhere'), `${door.method} ${door.path}`);
    }
  });
});

test('somebody signed out is led to the sign-in page, or told so (IS-4)', async () => {
  const person = newPerson(library.server);
  for (const { method, path } of doors(open)) {
    const answer: Answer = await knock({ id: '', name: '', person }, acme.home, { method, path });
    if (method === 'GET') assert.match(answer.location, /^\/sign-in/, path);
    else assert.equal(answer.status, 401, path);
  }
});

test('a member without the permission is refused, and it is written down (MB-3, AU-1)', async () => {
  const forbidden = doors(open).filter(
    ({ path }) => /\/(versions|new|pasted|indexing|access|deletion)$/.test(path) && path.includes(open),
  );
  assert.equal(forbidden.length, 8);
  const before = (await acme.events()).filter(({ event }) => event === 'permission.refused').length;
  for (const door of forbidden) {
    const answer = await knock(bob, acme.home, door);
    assert.equal(answer.status, 403, `${door.method} ${door.path}`);
  }
  const refused = (await acme.events()).filter(({ event }) => event === 'permission.refused');
  assert.equal(refused.length - before, forbidden.length);
  const { text } = await bob.person.get(`${acme.home}/${open}`);
  assert.doesNotMatch(text, /Index again|Change access|New version|\/deletion/);
});

test('what could not be read is put away by who added it, and by nobody else', async () => {
  const failed = async (reader: Reader) => {
    const { id, statusUrl } = added(await upload(reader, acme.home, [{ name: 'bad.pdf', content: 'no pdf' }]));
    assert.equal((await settled(reader, statusUrl)).stage, 'failed');
    return id;
  };
  const [his, hers] = [await failed(bob), await failed(acme.owner)];
  const dismiss = (id: string) => bob.person.submit(acme.home, {}, `${acme.home}/${id}/dismissal`);
  assert.match((await bob.person.get(`${acme.home}/${his}`)).text, /Put it away/);
  assert.doesNotMatch((await bob.person.get(`${acme.home}/${hers}`)).text, /Put it away/);
  assert.equal((await dismiss(hers)).status, 403);
  assert.equal((await dismiss(open)).status, 403);
  assert.equal((await dismiss(his)).status, 303);
  assert.equal((await bob.person.get(`${acme.home}/${his}`)).status, 404);
});

test('an id that is none names nothing', async () => {
  for (const id of ['1', 'x', `${open}x`, `${open}%00`, '..%2f..', `${open.toUpperCase()}`, "' or 1=1 --"]) {
    for (const path of ['', '/status', '/deletion']) {
      const answer = await acme.owner.person.get(`${acme.home}/${encodeURI(id)}${path}`);
      assert.equal(answer.status, 404, `${id}${path}`);
    }
  }
  for (const query of ['?chunk=x', '?part=-1', '?part=9999999', '?chunk=a&chunk=b', `?chunk=${unknown}`]) {
    assert.equal((await acme.owner.person.get(`${acme.home}/${open}${query}`)).status, 200, query);
  }
});
