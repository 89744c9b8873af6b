import { randomBytes, randomUUID } from 'node:crypto';
import { newSecret } from '../../src/features/accounts/authenticator/authenticator.js';
import { sealForDeployment } from '../../src/vault/deployment.js';
import { newToken } from '../../src/vault/tokens.js';
import type { Team } from '../features/members/team.js';
import type { TestServer } from '../support/server.js';

/** Who and what of the workspace lies in the shared tables, as they are while something is under way. */
export async function furnishShared(server: TestServer, team: Team, other: string) {
  const run = (statement: string, values: unknown[]) => server.database.admin.query(statement, values);
  const owner = team.owner.id;
  const [invited, signingUp, recovering, moving] = [newToken(), newToken(), newToken(), newToken()];
  const deletion = randomUUID();
  await run(
    `insert into shared.deletions (id, tenant_id, slug, name, deleted_by) values ($1, 'tenant_gone', 'gone', 'Gone', $2)`,
    [deletion, owner],
  );
  await run(
    `with role as (
       insert into shared.roles (id, tenant_id, name, permissions)
       values (gen_random_uuid(), $1, 'Readers', '{audit.read}') returning id
     ), crew as (
       insert into shared.groups (id, tenant_id, name) values (gen_random_uuid(), $1, 'Night shift') returning id
     )
     insert into shared.group_members (tenant_id, group_id, account_id)
     select $1, crew.id, $2 from crew`,
    [team.tenantId, other],
  );
  await run(`update shared.invitations set token_hash = $1 where tenant_id = $2 and email like 'guest@%'`, [
    invited.hash,
    team.tenantId,
  ]);
  await run(
    `insert into shared.signups (id, email, username, password_hash, workspace_name, token_hash, expires_at)
     values (gen_random_uuid(), $1, $2, 'x', 'Later', $3, now() + interval '1 hour')`,
    [`later@${team.slug}.test`, `later-${team.slug}`, signingUp.hash],
  );
  await run(
    `insert into shared.recoveries (id, reference, account_id, token_hash, address, device, request_id, expires_at)
     values (gen_random_uuid(), 'R-TEST-TEST', $1, $2, '203.0.113.9', 'Firefox', 'x', now() + interval '1 hour')`,
    [owner, recovering.hash],
  );
  await run(
    `insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
     values (gen_random_uuid(), $1, $2, $3, now() + interval '1 hour')`,
    [owner, `new-owner@${team.slug}.test`, moving.hash],
  );
  await furnishFactors(server, owner);
  return {
    deletion,
    'invitation token': invited.token,
    'sign-up token': signingUp.token,
    'recovery token': recovering.token,
    'address token': moving.token,
    // Whoever is signed in is past it: it is theirs no more than anybody else's.
    challenge: newToken().token,
  };
}

async function furnishFactors(server: TestServer, owner: string): Promise<void> {
  const { admin } = server.database;
  await admin.query(
    `insert into shared.passkeys
       (id, credential_id, account_id, name, public_key, counter, signs_in, backup_eligible, backed_up)
     values (gen_random_uuid(), $2, $1, 'Key', 'none', 0, false, false, false)`,
    [owner, randomBytes(32)],
  );
  await admin.query('insert into shared.authenticators (account_id, sealed_secret) values ($1, $2)', [
    owner,
    sealForDeployment('authenticator', owner, newSecret()),
  ]);
}
