import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { AgentActor, MemberActor, TenantContext } from '../../../../src/tenancy/context.js';
import { enterWorkspace, forgetMemberships, memberActor } from '../../../../src/tenancy/directory.js';
import { acme, bob, context, found, library, open, paste, submit } from './stage.js';

describe('who may find a document (KB-6)', () => {
  let id: string;
  let role: string;
  const agent = async (name: string, onBehalfOf: MemberActor): Promise<TenantContext> => {
    const [row] = await acme.rows('agents', `name = '${name}'`);
    const actor: AgentActor = { kind: 'agent', agentId: String(row?.id), name, onBehalfOf };
    return { ...context, actor, trigger: 'chat' };
  };
  const asBob = async (): Promise<MemberActor> => {
    const membership = await enterWorkspace('acme', bob.id);
    assert.ok(membership);
    return memberActor({ id: bob.id, name: bob.name }, membership);
  };
  const change = (fields: Record<string, string>) => submit(`/${id}`, fields, `/${id}/access`);

  before(async () => {
    id = await paste('Cellar', 'The wine cellar has a second key.');
    const { admin } = library.server.database;
    const { rows } = await admin.query(
      `insert into shared.roles (id, tenant_id, name, permissions) values (gen_random_uuid(), $1, 'Cellar crew <i>', '{}') returning id`,
      [acme.tenantId],
    );
    role = rows[0].id;
    await admin.query(
      `insert into ${acme.tenantId}.agents (id, name, role, instructions, tools, knowledge)
       select gen_random_uuid(), 'Butler', '', instructions, tools, 'all' from ${acme.tenantId}.agents limit 1`,
    );
  });

  test("a role of the workspace's own, held alone or through a group, opens it; without it it is not there", async () => {
    assert.equal((await change({ access: 'roles', roles: role })).status, 303);
    assert.equal((await open(`/${id}`, bob)).status, 404);
    assert.deepEqual(await found('wine cellar', { ...context, actor: await asBob() }), []);
    const { admin } = library.server.database;
    const hold = async (statement: string, values: string[]) => {
      await admin.query(statement, values);
      forgetMemberships(bob.id);
    };
    await hold('insert into shared.role_members (tenant_id, account_id, role_id) values ($1, $2, $3)', [
      acme.tenantId,
      bob.id,
      role,
    ]);
    assert.deepEqual(await found('wine cellar', { ...context, actor: await asBob() }), [id]);
    const page = await open(`/${id}`, bob);
    assert.equal(page.status, 200);
    assert.match(page.text, /Cellar crew &lt;i&gt;/);
    assert.match((await open('', bob)).text, /Cellar crew &lt;i&gt;/);
    await hold('delete from shared.role_members where tenant_id = $1 and account_id = $2', [acme.tenantId, bob.id]);
    assert.equal((await open(`/${id}`, bob)).status, 404);
    await hold(
      `with crew as (insert into shared.groups (id, tenant_id, name) values (gen_random_uuid(), $1, 'Crew') returning id),
       gives as (insert into shared.group_roles (tenant_id, group_id, role_id) select $1, id, $3 from crew)
       insert into shared.group_members (tenant_id, group_id, account_id) select $1, id, $2 from crew`,
      [acme.tenantId, bob.id, role],
    );
    assert.equal((await open(`/${id}`, bob)).status, 200);
    await hold('delete from shared.roles where tenant_id = $1 and id = $2 and $3 <> id::text', [
      acme.tenantId,
      role,
      '',
    ]);
    assert.equal((await open(`/${id}`, bob)).status, 404);
    assert.match((await open(`/${id}`)).text, /a role that is gone/);
  });

  test('agents that are not chosen do not find it, whoever asks them', async () => {
    const [guide] = await acme.rows('agents', `name = 'Guide'`);
    assert.equal((await change({ access: 'everyone', agentAccess: 'chosen', agents: String(guide?.id) })).status, 303);
    const { actor } = context;
    assert.ok(actor.kind === 'member');
    assert.deepEqual(await found('wine cellar', await agent('Guide', actor)), [id]);
    assert.deepEqual(await found('wine cellar', await agent('Butler', actor)), []);
    assert.deepEqual(await found('wine cellar', await agent('Guide', await asBob())), [id]);
    assert.deepEqual(await found('wine cellar'), [id]);
    const { text } = await open(`/${id}`);
    assert.match(text, /Agents that may search it<\/dt><dd><bdi>Guide<\/bdi>/);
    assert.match(text, /Only for these agents/);
    await change({ access: 'everyone', agentAccess: 'chosen' });
    assert.deepEqual(await found('wine cellar', await agent('Guide', actor)), []);
  });

  test('two managers at once: the second is told', async () => {
    const [row] = await acme.rows('documents', `id = '${id}'`);
    const seen = String(row?.access_version);
    assert.equal((await change({ access: 'everyone', seen })).status, 303);
    assert.equal((await change({ access: 'roles', seen })).status, 409);
    assert.deepEqual((await acme.rows('documents', `id = '${id}'`))[0]?.roles, null);
  });
});
