import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import { type Agent, AgentSettings, type AgentSummary, type AgentVersion, knowledgeScopes } from './agent.js';

const Count = z.object({ count: z.number() });
const SummaryRow = z.object({
  id: z.uuid(),
  name: z.string(),
  role: z.string(),
  model: z.string().nullable(),
  tools: z.array(z.string()),
  knowledge: z.enum(knowledgeScopes),
  version: z.number(),
  createdBy: z.uuid().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
  archivedAt: z.date().nullable(),
});
const AgentRow = SummaryRow.extend({
  instructions: z.instanceof(Buffer),
  documents: z.array(z.uuid()),
  policies: AgentSettings.shape.policies,
  fallbacks: AgentSettings.shape.fallbacks,
  budget: AgentSettings.shape.budget,
});
const VersionRow = z.object({
  version: z.number(),
  snapshot: z.instanceof(Buffer),
  createdBy: z.uuid().nullable(),
  createdAt: z.date(),
});

const summaryColumns = sql`
  a.id, a.name, a.role, a.model, a.tools, a.knowledge, a.version, a.created_by, a.created_at, a.updated_at, a.archived_at
`;
const agentColumns = sql`
  ${summaryColumns}, a.instructions, a.policies, a.fallbacks, a.budget,
  array(select d.document_id from agent_documents d where d.agent_id = a.id order by d.document_id) as documents
`;

export interface AgentFilter {
  /** Words of the name or role, as typed. */
  readonly query: string;
  readonly archived: boolean;
}

function matching({ query, archived }: AgentFilter) {
  return sql`
    (a.archived_at is not null) = ${archived}
    and position(lower(${query}) in lower(a.name || ' ' || a.role)) > 0
  `;
}

export async function listAgents(
  db: TenantDatabase,
  filter: AgentFilter,
  page: { limit: number; offset: number },
): Promise<AgentSummary[]> {
  return db.many(
    SummaryRow,
    sql`
      select ${summaryColumns}
      from agents a
      where ${matching(filter)}
      order by lower(a.name), a.id
      limit ${page.limit}
      offset ${page.offset}
    `,
  );
}

export async function countAgents(db: TenantDatabase, filter: AgentFilter): Promise<number> {
  const row = await db.one(Count, sql`select count(*) from agents a where ${matching(filter)}`);
  return row?.count ?? 0;
}

export async function getAgent(db: TenantDatabase, id: string): Promise<Agent> {
  return opened(db, await db.one(AgentRow, sql`select ${agentColumns} from agents a where a.id = ${id}`));
}

export async function lockAgent(db: TenantDatabase, id: string): Promise<Agent> {
  return opened(
    db,
    await db.one(AgentRow, sql`select ${agentColumns} from agents a where a.id = ${id} for update of a`),
  );
}

function opened(db: TenantDatabase, row: z.infer<typeof AgentRow> | undefined): Agent {
  if (!row) throw new NotFound('There is no such agent.');
  return { ...row, instructions: db.openText('agents.instructions', row.id, row.instructions) };
}

export async function insertAgent(
  db: TenantDatabase,
  id: string,
  { settings, createdBy }: { settings: AgentSettings; createdBy: string | null },
): Promise<void> {
  const sealed = db.seal('agents.instructions', id, settings.instructions);
  await db.run(sql`
    insert into agents (id, name, role, instructions, model, fallbacks, tools, knowledge, policies, budget, created_by)
    values (${id}, ${settings.name}, ${settings.role}, ${sealed}, ${settings.model}, ${settings.fallbacks}::text[],
      ${settings.tools}::text[], ${settings.knowledge}, ${JSON.stringify(settings.policies)}::jsonb,
      ${JSON.stringify(settings.budget)}::jsonb, ${createdBy})
  `);
  await insertDocuments(db, id, settings.documents);
}

export async function updateAgentRow(
  db: TenantDatabase,
  id: string,
  { version, settings }: { version: number; settings: AgentSettings },
): Promise<void> {
  const sealed = db.seal('agents.instructions', id, settings.instructions);
  await db.run(sql`
    update agents
    set name = ${settings.name}, role = ${settings.role}, instructions = ${sealed}, model = ${settings.model},
      fallbacks = ${settings.fallbacks}::text[], tools = ${settings.tools}::text[], knowledge = ${settings.knowledge},
      policies = ${JSON.stringify(settings.policies)}::jsonb, budget = ${JSON.stringify(settings.budget)}::jsonb,
      version = ${version}, updated_at = now()
    where id = ${id}
  `);
  await db.run(sql`delete from agent_documents where agent_id = ${id}`);
  await insertDocuments(db, id, settings.documents);
}

/** Documents that were deleted meanwhile are left out. */
async function insertDocuments(db: TenantDatabase, id: string, documents: readonly string[]): Promise<void> {
  if (documents.length === 0) return;
  await db.run(sql`
    insert into agent_documents (agent_id, document_id)
    select ${id}, d.id
    from documents d
    where d.id = any (${[...documents]}::uuid[])
  `);
}

export async function markArchived(db: TenantDatabase, id: string, archived: boolean): Promise<void> {
  await db.run(sql`update agents set archived_at = case when ${archived} then now() end where id = ${id}`);
}

export async function insertVersion(
  db: TenantDatabase,
  id: string,
  { version, settings, createdBy }: { version: number; settings: AgentSettings; createdBy: string | null },
): Promise<void> {
  const snapshot = db.seal('agent_versions.snapshot', `${id}|${version}`, JSON.stringify(settings));
  await db.run(sql`
    insert into agent_versions (agent_id, version, snapshot, created_by)
    values (${id}, ${version}, ${snapshot}, ${createdBy})
  `);
}

/** Newest first, at most 200. */
export async function listVersions(db: TenantDatabase, id: string): Promise<AgentVersion[]> {
  const rows = await db.many(
    VersionRow,
    sql`
      select version, snapshot, created_by, created_at
      from agent_versions
      where agent_id = ${id}
      order by version desc
      limit 200
    `,
  );
  return rows.map((row) => openedVersion(db, id, row));
}

export async function findVersion(db: TenantDatabase, id: string, version: number): Promise<AgentVersion | undefined> {
  const row = await db.one(
    VersionRow,
    sql`
      select version, snapshot, created_by, created_at
      from agent_versions
      where agent_id = ${id}
        and version = ${version}
    `,
  );
  return row && openedVersion(db, id, row);
}

export async function getVersion(db: TenantDatabase, id: string, version: number): Promise<AgentVersion> {
  const found = await findVersion(db, id, version);
  // In the words of an agent that is not there: both are asked for at once, and either may be the first to fail.
  if (!found) throw new NotFound('There is no such agent.');
  return found;
}

function openedVersion(db: TenantDatabase, id: string, row: z.infer<typeof VersionRow>): AgentVersion {
  const { snapshot, ...rest } = row;
  const text = db.openText('agent_versions.snapshot', `${id}|${row.version}`, snapshot);
  return { ...rest, settings: AgentSettings.parse(JSON.parse(text)) };
}
