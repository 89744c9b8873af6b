import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { newId } from '../../src/database/id.js';
import { newSecret } from '../../src/features/accounts/authenticator/authenticator.js';
import { digestFor } from '../../src/features/decisions/decision.js';
import { insertDecision } from '../../src/features/decisions/queries.js';
import { takeReport } from '../../src/features/disclosure/actions.js';
import { sessionKey } from '../../src/http/session-rows.js';
import { inTenant } from '../../src/tenancy/in-tenant.js';
import { sealForDeployment } from '../../src/vault/deployment.js';
import { newToken } from '../../src/vault/tokens.js';
import type { Person } from '../features/accounts/people.js';
import { act, type Member, openTeam, type Team, until } from '../features/members/team.js';
import { putInConsole } from '../features/platform/console.js';
import { startTestServer, type TestServer } from '../support/server.js';
import type { Answer } from '../support/visitor.js';

// The owner of acme runs the installation, too; everybody here comes from one network.
process.env.PLATFORM_ADMINS = 'alice@acme.test,olga@acme.test';
process.env.PLATFORM_ADDRESSES = '203.0.0.0/16';
// Set up, so that their doors are there; nobody answers behind them.
for (const provider of ['GOOGLE', 'GITHUB']) {
  Object.assign(process.env, { [`${provider}_CLIENT_ID`]: 'walked', [`${provider}_CLIENT_SECRET`]: 'walked' });
}

/** What the names in addresses can stand for. */
export type Kind =
  | 'workspace'
  | 'conversation'
  | 'message'
  | 'agent'
  | 'version'
  | 'document'
  | 'decision'
  | 'account'
  | 'invitation'
  | 'event'
  | 'deletion'
  | 'session'
  | 'report token'
  | 'invitation token'
  | 'sign-up token'
  | 'tenant'
  | 'role'
  | 'group'
  | 'recovery token'
  | 'passkey'
  | 'challenge'
  | 'address token';

export type Names = Readonly<Record<Kind, string>>;

export interface World {
  readonly server: TestServer;
  readonly acme: Team;
  readonly globex: Team;
  /** In acme without any right to manage. */
  readonly bob: Member;
  /** Something real of every kind, as the owner of acme may open it; and the same of globex. */
  readonly ours: Names;
  readonly theirs: Names;
  close(): Promise<void>;
}

const places: Readonly<Record<string, Kind>> = {
  'w/:workspace': 'workspace',
  'conversations/:id': 'conversation',
  'messages/:message': 'message',
  'agents/:id': 'agent',
  'versions/:version': 'version',
  'knowledge/:id': 'document',
  'inbox/:id': 'decision',
  'members/:id': 'account',
  'members/:account': 'account',
  'roles/:id': 'role',
  'groups/:id': 'group',
  'invitations/:id': 'invitation',
  'audit/:id': 'event',
  'deletions/:id': 'deletion',
  'tenants/:tenant': 'tenant',
  'accounts/:id': 'account',
  'sessions/:key': 'session',
  'invitations/:token': 'invitation token',
  'reports/:token': 'report token',
  'verify-email/:token': 'sign-up token',
  'recover/:token': 'recovery token',
  'passkeys/:id': 'passkey',
  'verify/:challenge': 'challenge',
  'new-email/:token': 'address token',
};

/** Which kinds a route's address names. Throws for one that this file has not heard of: add it, and something real. */
export function kindsIn(path: string): Kind[] {
  return [...path.matchAll(/([\w-]+)\/(:\w+)/g)].map(([place]) => {
    const kind = places[place];
    if (!kind) throw new Error(`test/routes/world.ts does not know what ${place} in ${path} is`);
    return kind;
  });
}

export function addressOf(path: string, names: Names): string {
  return path.replace(/([\w-]+)\/(:\w+)/g, (place, word) => `${word}/${names[places[place] ?? 'workspace']}`);
}

export async function openWorld(tenants = 2): Promise<World> {
  const server = await startTestServer({ tenants });
  const acme = await openTeam(server, 'Acme', 'alice');
  const globex = await openTeam(server, 'Globex', 'charlie');
  await putInConsole(server, acme.owner.id);
  const bob = await acme.join('bob', 'member');
  await globex.join('dora', 'member');
  const [ours, theirs] = [await furnish(server, acme), await furnish(server, globex)];
  return { server, acme, globex, bob, ours, theirs, close: () => server.close() };
}

async function furnish(server: TestServer, team: Team): Promise<Names> {
  const one = async (statement: string): Promise<string> => {
    const { rows } = await server.database.admin.query(statement);
    return String(Object.values(rows[0] ?? {})[0]);
  };
  const { person, id: owner } = team.owner;
  const agent = await one(`select id from ${team.tenantId}.agents limit 1`);
  const document = await added(person, team, '/knowledge/pasted', { title: 'Lamps', text: 'A lamp gives light.' });
  const stage = `select stage from ${team.tenantId}.documents where id = '${document}'`;
  await until('the document was read', async () => (await one(stage)) !== 'reading');
  const conversation = await added(person, team, '/conversations', { text: 'What gives light?', agent });
  const message = `select id from ${team.tenantId}.messages where conversation_id = '${conversation}' and author = 'agent'`;
  await act(team, team.owner, '/members/invitations', { email: `guest@${team.slug}.test`, role: 'member' });
  const other = `select account_id from shared.memberships where tenant_id = '${team.tenantId}' and account_id <> '${owner}'`;
  const [deletion, tokens] = [randomUUID(), [newToken(), newToken(), newToken(), newToken()] as const];
  await server.database.admin.query(
    `insert into shared.deletions (id, tenant_id, slug, name, deleted_by) values ($1, 'tenant_gone', 'gone', 'Gone', $2)`,
    [deletion, owner],
  );
  await server.database.admin.query(
    `with role as (
       insert into shared.roles (id, tenant_id, name, permissions)
       values (gen_random_uuid(), $1, 'Readers', '{audit.read}') returning id
     ), crew as (
       insert into shared.groups (id, tenant_id, name) values (gen_random_uuid(), $1, 'Night shift') returning id
     )
     insert into shared.group_members (tenant_id, group_id, account_id)
     select $1, crew.id, account_id from crew, (${other} limit 1) somebody`,
    [team.tenantId],
  );
  await server.database.admin.query(
    `update shared.invitations set token_hash = $1 where tenant_id = $2 and email like 'guest@%'`,
    [tokens[0].hash, team.tenantId],
  );
  await server.database.admin.query(
    `insert into shared.signups (id, email, username, password_hash, workspace_name, token_hash, expires_at)
     values (gen_random_uuid(), $1, $2, 'x', 'Later', $3, now() + interval '1 hour')`,
    [`later@${team.slug}.test`, `later-${team.slug}`, tokens[1].hash],
  );
  await server.database.admin.query(
    `insert into shared.recoveries (id, reference, account_id, token_hash, address, device, request_id, expires_at)
     values (gen_random_uuid(), 'R-TEST-TEST', $1, $2, '203.0.113.9', 'Firefox', 'x', now() + interval '1 hour')`,
    [owner, tokens[2].hash],
  );
  await server.database.admin.query(
    `insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
     values (gen_random_uuid(), $1, $2, $3, now() + interval '1 hour')`,
    [owner, `new-owner@${team.slug}.test`, tokens[3].hash],
  );
  await server.database.admin.query(
    `insert into shared.passkeys
       (id, credential_id, account_id, name, public_key, counter, signs_in, backup_eligible, backed_up)
     values (gen_random_uuid(), $2, $1, 'Key', 'none', 0, false, false, false)`,
    [owner, tokens[0].hash],
  );
  await server.database.admin.query('insert into shared.authenticators (account_id, sealed_secret) values ($1, $2)', [
    owner,
    sealForDeployment('authenticator', owner, newSecret()),
  ]);
  const written = { from: '', name: '', subject: 'A hole', text: `In ${team.slug}.` };
  const report = await takeReport({ source: 'form', written, mayAnswer: false });
  // The notice of the invitation is shown once, and not in the middle of a comparison.
  await person.get('/profile');
  return {
    workspace: team.slug,
    'report token': report?.link.split('/').at(-1) ?? '',
    agent,
    version: '1',
    document,
    decision: await askDecision(team, { agent, conversation, account: await one(other) }),
    conversation,
    message: await one(message),
    account: await one(other),
    role: await one(`select id from shared.roles where tenant_id = '${team.tenantId}'`),
    group: await one(`select id from shared.groups where tenant_id = '${team.tenantId}'`),
    invitation: await one(`select id from shared.invitations where tenant_id = '${team.tenantId}' limit 1`),
    event: await one(`select id from ${team.tenantId}.audit_events limit 1`),
    deletion,
    session: sessionKey(sessionIdOf(person)),
    'invitation token': tokens[0].token,
    'sign-up token': tokens[1].token,
    tenant: team.tenantId,
    passkey: await one(`select id from shared.passkeys where account_id = '${owner}'`),
    'recovery token': tokens[2].token,
    // Whoever is signed in is past it: it is theirs no more than anybody else's.
    challenge: newToken().token,
    'address token': tokens[3].token,
  };
}

/** A call that waits for the owner, asked for somebody else. */
export async function askDecision(
  { context }: Team,
  { agent, conversation, account }: { agent: string; conversation: string; account: string },
): Promise<string> {
  const id = newId();
  const call = { tool: 'add_document', arguments: JSON.stringify({ title: 'Oil', text: 'Oil burns.' }), target: null };
  await inTenant(context, 'decisions.update', (db) =>
    insertDecision(db, {
      ...{
        id,
        toolCallId: newId(),
        messageId: newId(),
        conversationId: conversation,
        tool: call.tool,
        effect: 'inside',
      },
      ...{ agent: { id: agent, name: 'Guide' }, account: { id: account, name: 'somebody' } },
      ...{ trigger: 'chat', requestId: 'asked', background: { why: '', sources: [] } },
      expiresAt: new Date(Date.now() + 3600_000),
      version: { ...call, summary: 'Add a document', digest: digestFor(call) },
    }),
  );
  return id;
}

async function added(person: Person, team: Team, place: string, fields: Record<string, string>): Promise<string> {
  const answer = await person.submit('/profile', fields, `${team.home}${place}`);
  assert.equal(answer.status, 303, `${place} ${answer.status}`);
  return answer.location.split('/').at(-1) ?? '';
}

/** The cookie is `s:ID.signature`. */
function sessionIdOf(person: Person): string {
  return (
    decodeURIComponent(person.cookies.get('session') ?? '')
      .slice(2)
      .split('.')[0] ?? ''
  );
}

/** Posts a form with the token of the person's session; one with a file travels as multipart. */
export async function postForm(person: Person, path: string, form: Form): Promise<Answer> {
  const token = await person.token('/profile');
  if (!form.file) return person.post(path, { ...form.fields, _csrf: token });
  const body = new FormData();
  for (const [name, value] of Object.entries({ ...form.fields, _csrf: token })) body.append(name, value);
  body.append('files', new Blob([form.file]), 'lamps.txt');
  return person.send(path, { method: 'POST', body, headers: { Origin: person.origin } });
}

export interface Form {
  readonly fields?: Readonly<Record<string, string>>;
  readonly file?: string;
}

/** The tables of a schema, each as a digest of its rows, so that a changed row is seen as well as a new one. */
export async function snapshot({ server }: World, schemas: readonly string[]): Promise<Record<string, string>> {
  const { admin } = server.database;
  const { rows } = await admin.query(
    `select schemaname || '.' || tablename as name from pg_tables where schemaname = any ($1) order by 1`,
    [schemas],
  );
  const digests: Record<string, string> = {};
  for (const { name } of rows) {
    const where = name.endsWith('.audit_events') ? `where event not in ('audit.opened', 'audit.exported')` : '';
    const found = await admin.query(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as digest from ${name} t ${where}`,
    );
    digests[name] = found.rows[0].digest;
  }
  return digests;
}
