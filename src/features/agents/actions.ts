import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { Conflict } from '../../errors.js';
import { toolNamed } from '../../llm/tool.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { digestOf } from '../../vault/digest.js';
import { type Agent, type AgentSettings, changedFields, guide, settingsOf } from './agent.js';
import { checkSettings } from './checks.js';
import {
  getAgent,
  getVersion,
  insertAgent,
  insertVersion,
  lockAgent,
  markArchived,
  updateAgentRow,
} from './queries.js';

export function createAgent(context: TenantContext, settings: AgentSettings): Promise<string> {
  checkSettings(settings);
  return inTenant(context, 'agents.create', (db) => insertFirstVersion(db, context, { settings }));
}

/** The agent that a new workspace starts with; inside the transaction that makes the workspace. */
export function addGuide(db: TenantDatabase, context: TenantContext): Promise<string> {
  return insertFirstVersion(db, context, { settings: guide });
}

/** A copy under a name of its own; answers its id. */
export function duplicateAgent(context: TenantContext, id: string): Promise<string> {
  return inTenant(context, 'agents.create', async (db) => {
    const original = settingsOf(await getAgent(db, id));
    const name = [...`Copy of ${original.name}`].slice(0, 80).join('');
    return insertFirstVersion(db, context, { settings: { ...original, name }, copyOf: id });
  });
}

async function insertFirstVersion(
  db: TenantDatabase,
  context: TenantContext,
  { settings, copyOf }: { settings: AgentSettings; copyOf?: string },
): Promise<string> {
  const id = newId();
  const createdBy = accountOf(context.actor) ?? null;
  await insertAgent(db, id, { settings, createdBy });
  await insertVersion(db, id, { version: 1, settings, createdBy });
  await recordEvent(db, context, {
    category: 'agent',
    event: 'agent.created',
    subject: { kind: 'agent', id },
    digest: digestOf(settings),
    details: { ...rightsOf(settings), ...(copyOf ? { copyOf } : {}) },
  });
  return id;
}

/** `seen` is the version that the form showed. Throws Conflict when there is a newer one. */
export function updateAgent(context: TenantContext, id: string, change: { seen: number; settings: AgentSettings }) {
  const { seen, settings } = change;
  return inTenant(context, 'agents.update', async (db) => {
    const agent = await lockAgent(db, id);
    checkSeen(agent, seen);
    checkSettings(settings, agent);
    await saveVersion(db, context, { agent, settings, event: 'agent.updated' });
  });
}

/** Makes an older version the newest. What it names and no longer exists is left out. */
export function rollBackAgent(context: TenantContext, id: string, to: { version: number; seen: number }) {
  return inTenant(context, 'agents.update', async (db) => {
    const agent = await lockAgent(db, id);
    checkSeen(agent, to.seen);
    const { settings } = await getVersion(db, id, to.version);
    const tools = settings.tools.filter((name) => toolNamed(name) || agent.tools.includes(name));
    await saveVersion(db, context, {
      agent,
      settings: { ...settings, tools },
      event: 'agent.rolled-back',
      from: to.version,
    });
  });
}

export async function archiveAgent(context: TenantContext, id: string): Promise<void> {
  await changeArchived(context, id, true);
}

export async function restoreAgent(context: TenantContext, id: string): Promise<void> {
  await changeArchived(context, id, false);
}

function changeArchived(context: TenantContext, id: string, archived: boolean): Promise<void> {
  return inTenant(context, 'agents.delete', async (db) => {
    const agent = await lockAgent(db, id);
    if ((agent.archivedAt !== null) === archived) return;
    await markArchived(db, id, archived);
    const event = archived ? 'agent.archived' : 'agent.restored';
    await recordEvent(db, context, { category: 'agent', event, subject: { kind: 'agent', id } });
  });
}

interface Change {
  readonly agent: Agent;
  readonly settings: AgentSettings;
  readonly event: 'agent.updated' | 'agent.rolled-back';
  readonly from?: number;
}

async function saveVersion(db: TenantDatabase, context: TenantContext, change: Change): Promise<void> {
  const { agent, settings, event, from } = change;
  const changed = changedFields(settingsOf(agent), settings);
  if (changed.length === 0) return;
  const version = agent.version + 1;
  await updateAgentRow(db, agent.id, { version, settings });
  await insertVersion(db, agent.id, { version, settings, createdBy: accountOf(context.actor) ?? null });
  await recordEvent(db, context, {
    category: 'agent',
    event,
    subject: { kind: 'agent', id: agent.id },
    digest: digestOf(settings),
    details: { version, changed: changed.join(', '), ...rightsOf(settings), ...(from ? { from } : {}) },
  });
}

/** What the agent may use from now on: a reviewer asks for this first. */
export function rightsOf({ tools, knowledge, documents, policies, model, fallbacks, budget }: AgentSettings) {
  const own = Object.entries(policies).map(([tool, rule]) => `${tool}: ${rule}`);
  return {
    tools: [...tools].sort().join(', '),
    policies: own.sort().join(', '),
    knowledge,
    documents: documents.length,
    models: [model ?? 'automatic', ...(fallbacks ?? ['any'])].join(', '),
    ...budget,
  };
}

function checkSeen(agent: Agent, seen: number): void {
  if (agent.version === seen) return;
  throw new Conflict(
    'Somebody changed this agent while you were editing. Look at the newest version, then save again.',
  );
}
