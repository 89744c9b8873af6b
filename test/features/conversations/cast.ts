import assert from 'node:assert/strict';
import { z } from 'zod';
import { newId } from '../../../src/database/id.js';
import type { Tenant, TenantContext } from '../../../src/tenancy/context.js';
import { permissionsOf, type Role } from '../../../src/tenancy/permissions.js';
import { startCompatible } from '../../support/providers/compatible.js';
import type { Script } from '../../support/providers/script.js';
import type { ProviderServer } from '../../support/providers/server.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { insertPerson, newPerson, type Person, signIn } from '../accounts/people.js';

export interface Member {
  readonly id: string;
  readonly browser: Person;
  readonly context: TenantContext;
}

/** Alice owns acme, bob is a member of it, charlie owns globex. A model provider says what its script tells it. */
export interface Cast {
  readonly server: TestServer;
  readonly provider: ProviderServer | undefined;
  readonly alice: Member;
  readonly bob: Member;
  readonly charlie: Member;
  readonly acme: Tenant;
  readonly globex: Tenant;
  /** What the provider answers from now on; a list answers request by request, its last entry for ever. */
  says(...scripts: Script[]): void;
  /** The bodies of what the provider was asked, newest last. */
  asked(): Prompt[];
  close(): Promise<void>;
}

const Prompt = z.object({
  messages: z.array(z.looseObject({ role: z.string(), content: z.string().nullable() })),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).optional(),
});
export type Prompt = z.infer<typeof Prompt>;

let answer = (): Script => ({ text: 'Hello.' });
let started: Promise<ProviderServer> | undefined;

/** One for all files of a process, for they share its settings. */
function theProvider(): Promise<ProviderServer> {
  started ??= startCompatible({ reply: () => answer() });
  return started;
}

export async function startCast({ model = true, turnSeconds = 30 } = {}): Promise<Cast> {
  let scripts: readonly Script[] = [{ text: 'Hello.' }];
  let next = 0;
  answer = () => {
    const script = scripts[Math.min(next, scripts.length - 1)] ?? { text: 'Hello.' };
    next += 1;
    return script;
  };
  const provider = model ? await theProvider() : undefined;
  const before = provider?.requests.length ?? 0;
  Object.assign(process.env, {
    TRUST_PROXY: '127.0.0.1',
    EMBEDDER: 'off',
    LLM_TURN_SECONDS: String(turnSeconds),
    LLM_FIRST_TOKEN_SECONDS: '5',
    ...(provider ? { OPENAI_COMPATIBLE_BASE_URL: provider.url, OPENAI_COMPATIBLE_API_KEY: 'test-key' } : {}),
  });
  const server = await startTestServer({ tenants: 3 });
  const { acme, globex, alice, bob, charlie } = await people(server);
  return {
    server,
    provider,
    acme,
    globex,
    alice,
    bob,
    charlie,
    says(...list) {
      scripts = list;
      next = 0;
    },
    asked: () => (provider?.requests ?? []).slice(before).map(({ body }) => Prompt.parse(body)),
    async close() {
      await server.close();
      provider?.rest();
    },
  };
}

async function people(server: TestServer) {
  const { openWorkspace } = await import('../../../src/features/workspaces/opening.js');
  const alice = await insertPerson(server, 'alice');
  const bob = await insertPerson(server, 'bob');
  const charlie = await insertPerson(server, 'charlie');
  const open = (name: string, { id, username }: { id: string; username: string }) =>
    openWorkspace({ name, owner: { id, name: username }, origin: { requestId: newId(), address: '203.0.113.9' } });
  const acme = await open('acme', alice);
  const globex = await open('globex', charlie);
  await server.database.admin.query(
    `insert into shared.memberships (tenant_id, account_id, role) values ($1, $2, 'member')`,
    [acme.id, bob.id],
  );
  const member = async (account: { id: string; username: string }, tenant: Tenant, role: Role): Promise<Member> => {
    const browser = newPerson(server);
    const answer = await signIn(browser, account.username);
    assert.equal(answer.status, 303, answer.text);
    const actor = {
      kind: 'member',
      accountId: account.id,
      name: account.username,
      role,
      permissions: permissionsOf(role),
    } as const;
    return { id: account.id, browser, context: { tenant, actor, trigger: 'page', requestId: 'test-request' } };
  };
  return {
    acme,
    globex,
    alice: await member(alice, acme, 'owner'),
    bob: await member(bob, acme, 'member'),
    charlie: await member(charlie, globex, 'owner'),
  };
}

/** A document whose passages can be found at once. Answers its id. */
export async function addDocument({ context }: Member, title: string, text: string): Promise<string> {
  const { pasteDocument } = await import('../../../src/features/knowledge/actions.js');
  const { indexWords } = await import('../../../src/features/knowledge/search/indexing/words.js');
  const id = await pasteDocument(context, { title, text });
  await indexWords(context, id);
  return id;
}

/** The id of a workspace's Guide. */
export async function guideOf({ server }: Cast, tenant: Tenant): Promise<string> {
  const { rows } = await server.database.admin.query(`select id from ${tenant.id}.agents order by created_at limit 1`);
  return z.object({ id: z.string() }).parse(rows[0]).id;
}

const Event = z.object({
  category: z.string(),
  event: z.string(),
  outcome: z.string(),
  actor_kind: z.string(),
  account_id: z.string().nullable(),
  agent_id: z.string().nullable(),
  subject_id: z.string().nullable(),
  trigger: z.string(),
  arguments_digest: z.instanceof(Buffer).nullable(),
  details: z.record(z.string(), z.unknown()),
});

export async function eventsNamed({ server }: Cast, tenant: Tenant, event: string) {
  const { rows } = await server.database.admin.query(
    `select * from ${tenant.id}.audit_events where event = $1 order by at, id`,
    [event],
  );
  return rows.map((row) => Event.parse(row));
}
