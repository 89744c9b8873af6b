import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../../../src/http/route.js';
import { allows, permissions, roles } from '../../../src/tenancy/permissions.js';
import { insertPerson, newPerson, signUp } from '../accounts/people.js';
import { pageOf, rowsIn, section, server, signedIn } from './stage.js';

test('V8.1.1: every route stands with its access, and the matrix is the one that decides', () => {
  const page = pageOf('authorization');
  const shown = [...page.matchAll(/data-route="([^"]+)" data-access="([^"]+)"/g)].map(
    ([, route, access]) => `${route} ${access}`,
  );
  assert.deepEqual(
    shown.sort(),
    routes()
      .map(({ method, path, access }) => `${method} ${path} ${access}`)
      .sort(),
  );
  const matrix = [...page.matchAll(/<tr data-permission="([\w.-]+)">([\s\S]*?)<\/tr>/g)];
  assert.equal(matrix.length, permissions.length);
  for (const [at, permission] of permissions.entries()) {
    const [, name, row = ''] = matrix[at] ?? [];
    assert.equal(name, permission);
    const cells = [...row.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, cell]) => cell === 'yes');
    assert.deepEqual(
      cells,
      roles.map((role) => allows(role, permission)),
      permission,
    );
  }
  const proofs = rowsIn(section('authorization', 'routes'))
    .filter(([, , proof]) => proof === 'yes')
    .map(([route]) => route);
  for (const route of ['POST /profile/email', 'POST /w/:workspace/members/:id/role', 'POST /profile/data/deletion'])
    assert.ok(proofs.includes(route), route);
});

test('V8.1.2: a field that the guide does not give to a form cannot be set by it, or read by who may not', async () => {
  const rows = rowsIn(section('authorization', 'fields'));
  const [, account = []] = rows.filter(([of]) => of === 'Account' || of === 'Of');
  assert.equal(account[1], 'name, username');
  assert.match(account[3] ?? '', /POST \/profile : whoever is signed in; your own/);
  const person = newPerson(server);
  const home = await signUp(server, person, { email: 'fields@acme.test', username: 'fields', workspaceName: 'Fields' });
  const before = await server.database.admin.query(`select * from shared.accounts where username = 'fields'`);
  const extra = {
    email: 'other@acme.test',
    password_hash: 'x',
    id: '00000000-0000-0000-0000-000000000000',
    short_password: 'true',
  };
  const saved = await person.submit('/profile', { name: 'Felicity', username: 'fields', ...extra });
  assert.equal(saved.status, 303);
  const after = await server.database.admin.query(`select * from shared.accounts where username = 'fields'`);
  assert.deepEqual(
    after.rows,
    before.rows.map((row) => ({ ...row, name: 'Felicity' })),
  );
  const guest = await insertPerson(server, 'lowly');
  const tenant = `(select id from shared.tenants where slug = '${home.split('/')[2]}')`;
  await server.database.admin.query(
    `insert into shared.memberships (tenant_id, account_id, role) values (${tenant}, $1, 'user')`,
    [guest.id],
  );
  const lowly = await signedIn('lowly');
  assert.equal((await lowly.get(home)).status, 200);
  for (const path of ['/members', `/members/${guest.id}`, '/members/names', '/settings', '/audit'])
    assert.equal((await lowly.get(`${home}${path}`)).status, 403, path);
  assert.equal((await lowly.get('/platform')).status, 404);
});
