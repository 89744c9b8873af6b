import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { newId } from '../../src/database/id.js';
import { newSecret } from '../../src/features/accounts/authenticator/authenticator.js';
import { openPrivate } from '../../src/features/break-glass/actions.js';
import { digestFor } from '../../src/features/decisions/decision.js';
import { insertDecision } from '../../src/features/decisions/queries.js';
import { takeReport } from '../../src/features/disclosure/actions.js';
import { beginExport, finishExport, insertExport, insertPart } from '../../src/features/exports/queries.js';
import { countGap } from '../../src/features/knowledge/gaps/queries.js';
import { saveComparison } from '../../src/features/knowledge/versions/queries.js';
import { saveDeparture } from '../../src/features/members/leaving/queries.js';
import { listNotifications } from '../../src/features/notifications/list/queries.js';
import { notify } from '../../src/features/notifications/notify.js';
import { unsubscribeLink } from '../../src/features/notifications/unsubscribing/link.js';
import { createPage, updatePage } from '../../src/features/pages/actions.js';
import { openIncident } from '../../src/features/platform/incidents/actions.js';
import { commandLine } from '../../src/features/platform/operator.js';
import { createSpace } from '../../src/features/spaces/actions.js';
import { insertPerson, insertSpace } from '../../src/features/spaces/queries.js';
import { createTask } from '../../src/features/tasks/actions.js';
import { commentTask } from '../../src/features/tasks/entries/actions.js';
import { createLabel } from '../../src/features/tasks/labels/actions.js';
import { sessionKey } from '../../src/http/session-rows.js';
import { inTenant } from '../../src/tenancy/in-tenant.js';
import { permissionsOf } from '../../src/tenancy/permissions.js';
import { sealForDeployment } from '../../src/vault/deployment.js';
import { newToken } from '../../src/vault/tokens.js';
import type { Person } from '../features/accounts/people.js';
import { act, type Member, openTeam, type Team, until } from '../features/members/team.js';
import { putInConsole } from '../features/platform/console.js';
import { startTestServer, type TestServer } from '../support/server.js';
import type { Answer } from '../support/visitor.js';
import { calendarEvent } from './forms.js';

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
  | 'question'
  | 'file'
  | 'agent'
  | 'version'
  | 'document'
  | 'gap'
  | 'decision'
  | 'notification'
  | 'task'
  | 'label'
  | 'comment'
  | 'space'
  | 'page'
  | 'account'
  | 'invitation'
  | 'event'
  | 'deletion'
  | 'session'
  | 'report token'
  | 'report'
  | 'report attachment'
  | 'report template'
  | 'invitation token'
  | 'sign-up token'
  | 'tenant'
  | 'role'
  | 'group'
  | 'recovery token'
  | 'passkey'
  | 'challenge'
  | 'address token'
  | 'calendar event'
  | 'self-test'
  | 'guide'
  | 'incident'
  | 'grant'
  | 'granted page'
  | 'departed'
  | 'unsubscription'
  | 'export';

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
  'self-tests/:id': 'self-test',
  'events/:id': 'calendar event',
  'incidents/:id': 'incident',
  'access/:id': 'grant',
  'pages/:granted': 'granted page',
  'departures/:departed': 'departed',
  'unsubscribe/:token': 'unsubscription',
  'export/:export': 'export',
  'docs/:guide': 'guide',
  'w/:workspace': 'workspace',
  'conversations/:id': 'conversation',
  'messages/:message': 'message',
  'questions/:question': 'question',
  'files/:file': 'file',
  'agents/:id': 'agent',
  'versions/:version': 'version',
  'knowledge/:id': 'document',
  'gaps/:gap': 'gap',
  'inbox/:id': 'decision',
  'notifications/:id': 'notification',
  'tasks/:id': 'task',
  'labels/:label': 'label',
  'comments/:comment': 'comment',
  'spaces/:id': 'space',
  'pages/:id': 'page',
  'people/:account': 'account',
  'members/:id': 'account',
  'members/:account': 'account',
  'sharing/:account': 'account',
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
  'reports/:reference': 'report',
  'attachments/:attachment': 'report attachment',
  'templates/:template': 'report template',
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
  await postForm(person, `${team.home}/conversations/${conversation}/files`, { file: 'Wicks are made of cotton.' });
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
  const report = await takeReport({
    ...{ source: 'form', written, mayAnswer: false },
    attachments: [{ name: 'a.txt', mediaType: 'text/plain', content: Buffer.from('Steps.') }],
  });
  const template = randomUUID();
  await server.database.admin.query(
    `insert into shared.report_answers (id, name, text) values ($1, $2, 'Thank you.')`,
    [template, `First answer of ${team.slug}`],
  );
  const event = await added(person, team, '/calendar/events', { ...calendarEvent, attendees: owner });
  // The notice of the invitation is shown once, and not in the middle of a comparison.
  await person.get('/profile');
  return {
    workspace: team.slug,
    guide: 'first-hour',
    'self-test': await one(signedSelfTest(team.tenantId)),
    incident: await incidentOf(),
    'report token': report?.link?.split('/').at(-1) ?? '',
    report: report?.reference ?? '',
    'report attachment': await one(`select id from shared.report_files order by id desc limit 1`),
    'report template': template,
    agent,
    version: '1',
    document,
    gap: await noteQuestion(team, document),
    ...(await pageOf(team)),
    ...(await taskOf(team)),
    notification: await tellOwner(team),
    decision: await askDecision(team, { agent, conversation, account: await one(other) }),
    conversation,
    message: await one(message),
    question: await one(message.replace("author = 'agent'", "author = 'member'")),
    file: await one(`select id from ${team.tenantId}.attachments where conversation_id = '${conversation}'`),
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
    'calendar event': event,
    ...(await grantOf(team, await one(other))),
    departed: await departedFrom(team),
    unsubscription: unsubscriptionOf(team),
    export: await exportOf(team),
  };
}

/** The owner looks into a private space of somebody else, with a page in it. */
async function grantOf({ context, owner }: Team, id: string): Promise<{ grant: string; 'granted page': string }> {
  const permissions = permissionsOf('member');
  const theirs = {
    ...context,
    actor: { kind: 'member', accountId: id, name: 'other', role: 'member', permissions },
  } as const;
  const space = await createSpace(theirs, { name: 'Diary', description: '', kind: 'private' });
  const page = await createPage(theirs, { spaceId: space, parentId: null, title: 'Monday', body: 'Rain.' });
  assert.notEqual(owner.id, id);
  const grant = await openPrivate(context, id, { what: ['space', space], reason: 'A walk through all doors' });
  return { grant, 'granted page': page };
}

/** Somebody who has left, and whose private space waits to be deleted. */
async function departedFrom({ context }: Team): Promise<string> {
  const [id, space] = [randomUUID(), newId()];
  await inTenant(context, 'spaces.create', async (db) => {
    await insertSpace(db, { id: space, name: 'Left', description: '', kind: 'private', createdBy: id });
    await insertPerson(db, space, { accountId: id, addedBy: id });
    await saveDeparture(db, { accountId: id, accountName: 'gone', eraseAt: new Date(Date.now() + 86_400_000) });
  });
  return id;
}

/** A file that can be fetched. */
async function exportOf({ context, owner }: Team): Promise<string> {
  const id = newId();
  await inTenant(context, 'workspace.delete', async (db) => {
    await insertExport(db, { id, accountId: owner.id, accountName: owner.name });
    await beginExport(db, id);
    await insertPart(db, id, 0, Buffer.from('PK'));
    await finishExport(db, id, { byteSize: 2, digest: randomBytes(32) });
  });
  return id;
}

function unsubscriptionOf({ tenantId, owner }: Team): string {
  const link = unsubscribeLink({ tenantId, accountId: owner.id, kinds: ['reminder'] });
  return link.split('/').at(-1) ?? '';
}

/** A result that is there to be downloaded; what it says does not matter here. */
const signedSelfTest = (tenantId: string) => `
  insert into ${tenantId}.self_tests (id, finished_at, tried, refused, leaked, signed, signature)
  values (gen_random_uuid(), now(), 1, 1, 0, '{}', '\\x00') returning id`;

/** A task with a label and a comment of the owner's. */
async function taskOf({ context }: Team): Promise<{ task: string; label: string; comment: string }> {
  const label = await createLabel(context, { name: 'Light', colour: 'amber' });
  const words = { title: 'Trim the lamps', description: 'All of them.' };
  const rest = { status: 'todo', priority: 'none', assignee: null, due: null, labels: [label] } as const;
  const task = await createTask(context, { ...words, ...rest });
  return { task, label, comment: await commentTask(context, task, 'Oil is in the cellar.') };
}

/** A page with two versions in a private space of the owner's. */
async function pageOf({ context }: Team): Promise<{ space: string; page: string }> {
  const space = await createSpace(context, { name: 'Plans', description: '', kind: 'private' });
  const page = await createPage(context, { spaceId: space, parentId: null, title: 'Lamps', body: 'Oil.' });
  await updatePage(context, page, { seen: 1, body: 'Gas.' });
  return { space, page };
}

/** Trouble that everybody may read of. */
async function incidentOf(): Promise<string> {
  return openIncident(commandLine(), {
    ...{ kind: 'incident', title: 'Late mails', components: ['mail'], severity: 'notice' },
    ...{ startsAt: new Date(), endsAt: null, text: 'Soon.' },
  });
}

async function tellOwner(team: Team): Promise<string> {
  const system = { kind: 'system', name: 'reminders', may: ['workspace.read'] } as const;
  const told = { subject: { kind: 'workspace', id: team.slug }, title: 'Fill the lamps', path: '/agents' };
  return inTenant({ ...team.context, actor: system }, 'workspace.read', async (db) => {
    await notify(db, { ...team.context, actor: system }, { ...told, to: [team.owner.id], kind: 'finished' });
    const [newest] = await listNotifications(db, team.owner.id, {
      ...{ unread: true, kind: undefined, before: undefined, limit: 1 },
    });
    return newest?.id ?? '';
  });
}

/** A question without an answer, and what a version of the document changed. Answers the question's id. */
async function noteQuestion({ context }: Team, document: string): Promise<string> {
  const [id, tag] = [randomUUID(), randomBytes(16)];
  await inTenant(context, 'knowledge.update', async (db) => {
    await countGap(db, { id, tag, question: 'What is a wick?' });
    const counts = { version: 2, same: 0, added: 1, removed: 0, changed: 0 };
    await saveComparison(db, document, { ...counts, changes: [{ kind: 'added', headings: [], after: 'Oil.' }] });
  });
  return id;
}

/** A call that waits for the owner, asked for somebody else. */
export async function askDecision(
  { context }: Team,
  { agent, conversation, account }: { agent: string; conversation: string; account: string },
): Promise<string> {
  const id = newId();
  const call = { tool: 'add_document', arguments: JSON.stringify({ title: 'Oil', text: 'Oil burns.' }), target: null };
  await inTenant(context, 'decisions.update', (db) =>
    insertDecision(db, context, {
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

export async function added(
  person: Person,
  team: Team,
  place: string,
  fields: Record<string, string>,
): Promise<string> {
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
  const token = await tokenOf(person);
  if (!form.file) return person.post(path, { ...form.fields, _csrf: token });
  const body = new FormData();
  for (const [name, value] of Object.entries({ ...form.fields, _csrf: token })) body.append(name, value);
  body.append('files', new Blob([form.file]), 'lamps.txt');
  return person.send(path, { method: 'POST', body, headers: { Origin: person.origin } });
}

const tokens = new WeakMap<Person, { readonly session: string; readonly token: string }>();

/** The token stays the same as long as the session does: asking a page for it each time is most of a walk. */
export async function tokenOf(person: Person): Promise<string> {
  const session = person.cookies.get('session') ?? '';
  const known = tokens.get(person);
  if (known?.session === session) return known.token;
  const token = await person.token('/profile');
  tokens.set(person, { session: person.cookies.get('session') ?? '', token });
  return token;
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
    const where = /\.(?:audit|platform)_events$/.test(name)
      ? `where event not in ('platform.report-file-taken', 'audit.opened', 'audit.exported', 'usage.exported', 'private-access.looked', 'workspace.exported')`
      : '';
    const found = await admin.query(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as digest from ${name} t ${where}`,
    );
    digests[name] = found.rows[0].digest;
  }
  return digests;
}
