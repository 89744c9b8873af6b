import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { z } from 'zod';
import { varPath } from '../../../src/config.js';
import { closeKnowledge, openKnowledge } from '../../../src/features/knowledge/recovery.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { getTenant } from '../../../src/tenancy/directory.js';
import { permissionsOf, type Role, roles } from '../../../src/tenancy/permissions.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { until } from '../../support/until.js';
import type { Answer } from '../../support/visitor.js';
import { insertPerson, newPerson, type Person, signIn } from '../accounts/people.js';

export interface Reader {
  readonly id: string;
  readonly name: string;
  readonly person: Person;
}

export interface Workspace {
  readonly tenantId: string;
  /** `/w/acme/knowledge` */
  readonly home: string;
  readonly owner: Reader;
  join(name: string, role: Role): Promise<Reader>;
  /** Rows of the workspace's own tables, as nobody but a superuser sees them. */
  rows(table: string, where?: string): Promise<Record<string, unknown>[]>;
  events(): Promise<z.infer<typeof Event>[]>;
}

const Event = z.object({ event: z.string(), outcome: z.string(), details: z.record(z.string(), z.unknown()) });

export interface Library {
  readonly server: TestServer;
  open(name: string, ownerName: string): Promise<Workspace>;
  /** Somebody with an account and no workspace here. */
  outsider(name: string): Promise<Reader>;
  close(): Promise<void>;
}

export async function openLibrary(): Promise<Library> {
  const server = await startTestServer({ jobs: true });
  await openKnowledge();
  const { admin } = server.database;
  // What nobody publishes must stand before the first sign-in, from which on it is remembered for seconds.
  const enter = async (name: string, joins?: (id: string) => Promise<unknown>): Promise<Reader> => {
    const { id } = await insertPerson(server, name);
    await joins?.(id);
    const person = newPerson(server);
    await signIn(person, name);
    return { id, name, person };
  };
  return {
    server,
    outsider: (name) => enter(name),
    async open(name, ownerName) {
      const { openWorkspace } = await import('../../../src/features/workspaces/opening.js');
      const owner = await enter(ownerName);
      const origin = { requestId: 'opening', address: '203.0.113.9' };
      const tenant = await openWorkspace({ name, owner: { id: owner.id, name: ownerName }, origin });
      const rows = async (table: string, where = 'true') =>
        (await admin.query(`select * from ${tenant.id}.${table} where ${where}`)).rows;
      return {
        tenantId: tenant.id,
        home: `/w/${tenant.slug}/knowledge`,
        owner,
        rows,
        async join(joining, role) {
          assert.ok(roles.includes(role));
          return enter(joining, (id) =>
            admin.query('insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, $3)', [
              tenant.id,
              id,
              role,
            ]),
          );
        },
        events: async () => (await rows('audit_events', 'true order by at, id')).map((row) => Event.parse(row)),
      };
    },
    async close() {
      await closeKnowledge();
      await server.close();
    },
  };
}

export interface FileSpec {
  readonly name: string;
  readonly content: Buffer | string;
}

export interface Sending {
  /** As the page's script asks. */
  readonly json?: boolean;
  readonly token?: string;
  readonly action?: string;
}

/** Sends files as the form does: multipart, with real bytes. */
export async function upload(
  { person }: Reader,
  home: string,
  files: readonly FileSpec[],
  { json = true, token, action = home }: Sending = {},
): Promise<Answer> {
  const body = new FormData();
  body.append('_csrf', token ?? (await person.token(`${home}/new`)));
  for (const { name, content } of files) body.append('files', new File([Uint8Array.from(Buffer.from(content))], name));
  const headers = { Origin: person.origin, Accept: json ? 'application/json' : 'text/html' };
  return person.send(action, { method: 'POST', body, headers });
}

const Added = z.object({
  id: z.uuid(),
  statusUrl: z.string(),
  documents: z.array(z.object({ id: z.uuid(), statusUrl: z.string() })),
});

export function added(answer: Answer): z.infer<typeof Added> {
  assert.equal(answer.status, 201, answer.text);
  return Added.parse(JSON.parse(answer.text));
}

const Status = z.object({
  id: z.uuid(),
  title: z.string(),
  stage: z.string(),
  progress: z.number(),
  failure: z.string().nullable(),
  href: z.string(),
});
export type Status = z.infer<typeof Status>;

export async function statusOf({ person }: Reader, statusUrl: string): Promise<Status> {
  const answer = await person.get(statusUrl, { accept: 'application/json' });
  assert.equal(answer.status, 200, answer.text);
  return Status.parse(JSON.parse(answer.text));
}

/** Asks until it is done or failed; `stages` are those that were seen on the way. */
export async function settled(reader: Reader, statusUrl: string): Promise<Status & { stages: string[] }> {
  const stages: string[] = [];
  let last: Status | undefined;
  await until('the document is done or failed', async () => {
    last = await statusOf(reader, statusUrl);
    if (stages.at(-1) !== last.stage) stages.push(last.stage);
    return last.stage === 'done' || last.stage === 'failed';
  });
  assert.ok(last);
  return { ...last, stages };
}

/** Uploads one file and waits until it is ready. Answers its id. */
export async function add(reader: Reader, home: string, name: string, content: Buffer | string): Promise<string> {
  const { id, statusUrl } = added(await upload(reader, home, [{ name, content }]));
  const status = await settled(reader, statusUrl);
  assert.equal(status.stage, 'done', status.failure ?? '');
  return id;
}

export function uploadsLeft(): string[] {
  return readdirSync(varPath('uploads'));
}

export async function untilNothingIsLeft(): Promise<void> {
  await until('the folder of uploads is empty', () => uploadsLeft().length === 0);
}

/** The owner of a workspace, as the actions are told of them. */
export async function ownersContext({ tenantId, owner }: Workspace): Promise<TenantContext> {
  const tenant = await getTenant(tenantId);
  assert.ok(tenant);
  const { id: accountId, name } = owner;
  const actor = { kind: 'member', accountId, name, role: 'owner', permissions: permissionsOf('owner') } as const;
  return { tenant, actor, trigger: 'page', requestId: 'test' };
}
