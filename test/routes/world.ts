import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { takeReport } from '../../src/features/disclosure/actions.js';
import { sessionKey } from '../../src/http/session-rows.js';
import { newToken } from '../../src/vault/tokens.js';
import type { Person } from '../features/accounts/people.js';
import { act, type Member, openTeam, type Team, until } from '../features/members/team.js';
import { startTestServer, type TestServer } from '../support/server.js';
import type { Answer } from '../support/visitor.js';

/** What the names in addresses can stand for. */
export type Kind =
  | 'workspace'
  | 'conversation'
  | 'message'
  | 'agent'
  | 'version'
  | 'document'
  | 'account'
  | 'invitation'
  | 'event'
  | 'deletion'
  | 'session'
  | 'report token'
  | 'invitation token'
  | 'sign-up token';

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
  'members/:id': 'account',
  'invitations/:id': 'invitation',
  'audit/:id': 'event',
  'deletions/:id': 'deletion',
  'sessions/:key': 'session',
  'invitations/:token': 'invitation token',
  'reports/:token': 'report token',
  'verify-email/:token': 'sign-up token',
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
  const [deletion, tokens] = [randomUUID(), [newToken(), newToken()] as const];
  await server.database.admin.query(
    `insert into shared.deletions (id, tenant_id, slug, name, deleted_by) values ($1, 'tenant_gone', 'gone', 'Gone', $2)`,
    [deletion, owner],
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
  const written = { from: '', name: '', subject: 'A hole', text: `In ${team.slug}.` };
  const report = await takeReport({ source: 'form', written, mayAnswer: false });
  // The notice of the invitation is shown once, and not in the middle of a comparison.
  await person.get('/account');
  return {
    workspace: team.slug,
    'report token': report?.link.split('/').at(-1) ?? '',
    agent,
    version: '1',
    document,
    conversation,
    message: await one(message),
    account: await one(other),
    invitation: await one(`select id from shared.invitations where tenant_id = '${team.tenantId}' limit 1`),
    event: await one(`select id from ${team.tenantId}.audit_events limit 1`),
    deletion,
    session: sessionKey(sessionIdOf(person)),
    'invitation token': tokens[0].token,
    'sign-up token': tokens[1].token,
  };
}

async function added(person: Person, team: Team, place: string, fields: Record<string, string>): Promise<string> {
  const answer = await person.submit('/account', fields, `${team.home}${place}`);
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
  const token = await person.token('/account');
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
