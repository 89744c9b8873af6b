import { performance } from 'node:perf_hooks';
import { collectJobs } from '../src/background.js';
import { newId } from '../src/database/id.js';
import { digestFor } from '../src/features/decisions/decision.js';
import { createTask } from '../src/features/tasks/actions.js';
import type { TenantContext } from '../src/tenancy/context.js';
import { enterWorkspaceNow, memberActor } from '../src/tenancy/directory.js';
import { readTenant } from '../src/tenancy/in-tenant.js';
import { openTestDatabase } from '../test/support/database.js';
import { startInstallation } from './installation.js';
import { type BenchPerson, newOwner } from './people.js';
import { median, percentile, rounded, say } from './support.js';

/**
 * The inbox and a decision's page over HTTP, in workspaces with 100, 10,000 and 100,000 decisions of one database: half of
 * them wait, half are past, a third is about a task. One after the other in turns, so that the machine's mood meets all
 * sizes alike. SIZES and ROUNDS change the scale.
 */
const sizes = (process.env.SIZES ?? '100,10000,100000').split(',').map(Number);
const rounds = Number(process.env.ROUNDS ?? 100);
const perStatement = 1000;

interface Place {
  readonly size: number;
  readonly owner: BenchPerson;
  /** In the middle of all. */
  readonly middle: string;
}

collectJobs();
const database = await openTestDatabase({ tenants: sizes.length + 1 });
const product = await startInstallation({ PROCESS_ROLE: 'web' });
const places: Place[] = [];
for (const [number, size] of sizes.entries()) places.push(await furnished(number + 1, size));

const pages: Readonly<Record<string, (place: Place) => string>> = {
  'waiting for me': () => '/inbox',
  'asked by me': () => '/inbox?view=mine',
  'waiting for others': () => '/inbox?view=others',
  decided: () => '/inbox?view=decided',
  'decided, of a tool that never asked': () => '/inbox?view=decided&tool=delete_page',
  'waiting, from the middle': ({ middle }) => `/inbox?before=${middle}`,
  'one decision': ({ middle }) => `/inbox/${middle}`,
};
for (const [name, pathOf] of Object.entries(pages)) await measure(name, pathOf);
await product.stop();
await database.close();

async function measure(name: string, pathOf: (place: Place) => string): Promise<void> {
  const times = new Map(places.map((place) => [place, [] as number[]]));
  for (let round = -5; round < rounds; round += 1) {
    for (const place of places) {
      const started = performance.now();
      const { status } = await place.owner.visitor.get(place.owner.home + pathOf(place));
      if (status !== 200) throw new Error(`${pathOf(place)} answered ${status}`);
      if (round >= 0) times.get(place)?.push(performance.now() - started);
    }
  }
  const first = times.get(places[0] as Place) ?? [];
  say(
    `${name}, ms, ${rounds} requests each`,
    [...times].map(([{ size }, each]) => ({
      decisions: size,
      p50: rounded(median(each), 1),
      p95: rounded(percentile(each, 0.95), 1),
      'p50 over that of the fewest': rounded(median(each) / median(first)),
    })),
  );
}

async function furnished(number: number, size: number): Promise<Place> {
  const owner = await newOwner(product.origin, number);
  const slug = owner.home.slice('/w/'.length);
  const { rows } = await database.admin.query('select id, name from shared.accounts where username = $1', [
    `bench${number}`,
  ]);
  const membership = await enterWorkspaceNow(slug, rows[0].id);
  if (!membership) throw new Error('nobody is in the workspace');
  const { tenant } = membership;
  const context: TenantContext = {
    tenant,
    actor: memberActor(rows[0], membership),
    trigger: 'page',
    requestId: 'bench',
  };
  const rest = { description: '', status: 'todo', priority: 'none', assignee: null, due: null, labels: [] } as const;
  const task = await createTask(context, { title: 'Trim the lamps', ...rest });
  const agents = await database.admin.query(`select id from ${tenant.id}.agents limit 1`);
  const opened = await owner.visitor.submit(
    `${owner.home}/conversations/new`,
    { text: 'Hello.', agent: owner.agentId },
    `${owner.home}/conversations`,
  );
  const conversation = opened.location.split('/').at(-1) ?? '';
  const ids = Array.from({ length: size }, () => newId());
  const shared = { task, conversation, agent: String(agents.rows[0].id) };
  for (let at = 0; at < size; at += perStatement) {
    await insertMany(context, ids.slice(at, at + perStatement), shared);
  }
  await database.admin.query(
    `update ${tenant.id}.decisions set status = 'done', decided_at = now(), finished_at = now()
     where get_byte(uuid_send(id), 15) % 2 = 0`,
  );
  await database.admin.query('analyze');
  return { size, owner, middle: ids[Math.floor(size / 2)] ?? '' };
}

/** As insertDecision writes them, many with one statement. */
async function insertMany(
  context: TenantContext,
  ids: readonly string[],
  { task, conversation, agent }: { task: string; conversation: string; agent: string },
): Promise<void> {
  const schema = context.tenant.id;
  const rows = await readTenant(context, 'decisions.update', async (db) =>
    ids.map((id, at) => {
      const target = at % 3 === 0 ? { kind: 'task', id: task, title: '#1 Trim the lamps', version: 1 } : null;
      const call = { tool: 'update_task', arguments: JSON.stringify({ task, title: `Lamp ${at}` }), target };
      const sealed = (column: string, text: string) => db.seal(`decision_versions.${column}`, `${id}|1`, text);
      return {
        subject: target && task,
        background: db.seal('decisions.background', id, JSON.stringify({ why: 'I was asked to.', sources: [] })),
        arguments: sealed('arguments', call.arguments),
        target: sealed('target', JSON.stringify(target)),
        summary: sealed('summary', `Change the task to “Lamp ${at}”`),
        digest: digestFor(call),
      };
    }),
  );
  const column = <Name extends keyof (typeof rows)[number]>(name: Name) => rows.map((row) => row[name]);
  await database.admin.query(
    `insert into ${schema}.decisions (id, tool_call_id, message_id, conversation_id, agent_id, agent_name, account_id,
       account_name, trigger, request_id, tool, effect, background, expires_at, subject_kind, subject_id)
     select id, gen_random_uuid(), gen_random_uuid(), $4, $5, 'Guide', gen_random_uuid(), 'somebody', 'chat', 'bench',
       'update_task', 'inside', background, now() + interval '1 day', case when subject is not null then 'task' end, subject
     from unnest($1::uuid[], $2::bytea[], $3::uuid[]) as given (id, background, subject)`,
    [ids, column('background'), column('subject'), conversation, agent],
  );
  await database.admin.query(
    `insert into ${schema}.decision_versions (decision_id, version, arguments, target, summary, digest)
     select id, 1, arguments, target, summary, digest
     from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
       as given (id, arguments, target, summary, digest)`,
    [ids, column('arguments'), column('target'), column('summary'), column('digest')],
  );
}
