import assert from 'node:assert/strict';
import { enterWorkspace, memberActor } from '../../../src/tenancy/directory.js';
import { insertPerson, newPerson, signIn } from '../accounts/people.js';
import type { Cast, Member } from '../conversations/cast.js';

/** Somebody else in acme who may approve. */
export async function approverIn({ server, acme }: Cast, name: string): Promise<Member> {
  const account = await insertPerson(server, name);
  await server.database.admin.query(
    `insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'admin')`,
    [acme.id, account.id],
  );
  const browser = newPerson(server);
  assert.equal((await signIn(browser, name)).status, 303);
  const membership = await enterWorkspace(acme.slug, account.id);
  assert.ok(membership);
  const actor = memberActor({ id: account.id, name }, membership);
  return { id: account.id, browser, context: { tenant: acme, actor, trigger: 'page', requestId: 'test-request' } };
}

const usual = {
  ...{ 'effect-reads': 'run', 'effect-inside': 'run', 'effect-irreversible': 'ask', 'effect-outside': 'ask' },
  ...{ loosen: 'no', own: 'alone', second: 'never', limit: '', days: '3' },
};

/** As the owner saves the policy page: what is not given is as a workspace has it by itself. */
export function setPolicy({ alice }: Cast, changes: Record<string, string>) {
  return alice.browser.submit('/w/acme/settings/approvals', { ...usual, ...changes });
}
