import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { ruleWords } from '../decisions/wording.js';
import { type Agent, AgentSettings, changedFields, type Field, settingsOf } from './agent.js';
import { lineDifference } from './difference.js';
import { memberNames, nameIn, readableDocuments } from './locals.js';
import { findVersion, getAgent, getVersion, listVersions } from './queries.js';
import { budgetWords, modelLabel } from './wording.js';

export async function versionsLocals(context: TenantContext, id: string) {
  const [agent, versions] = await readTenant(context, 'agents.read', (db) =>
    Promise.all([getAgent(db, id), listVersions(db, id)]),
  );
  const names = await memberNames(context);
  const rows = versions.map(({ version, createdAt, createdBy, settings }, index) => {
    const before = versions[index + 1];
    const changed = before ? changedFields(before.settings, settings).map(wordFor) : [];
    return { version, createdAt, createdBy: nameIn(names, createdBy), changed };
  });
  return { title: `Versions of ${agent.name}`, agent, versions: rows };
}

/** In words, what differs between the version that somebody saw and the one of now. */
export async function changesSince(context: TenantContext, agent: Agent, seen: number): Promise<string[]> {
  const version = await readTenant(context, 'agents.read', (db) => findVersion(db, agent.id, seen));
  return version ? changedFields(version.settings, settingsOf(agent)).map(wordFor) : [];
}

/** A version beside the one before it, and the way back to it. */
export async function versionLocals(context: TenantContext, id: string, number: number) {
  const [agent, version, before] = await readTenant(context, 'agents.read', (db) =>
    Promise.all([getAgent(db, id), getVersion(db, id, number), findVersion(db, id, number - 1)]),
  );
  const [documents, names] = await Promise.all([readableDocuments(context), memberNames(context)]);
  const titles = new Map(documents.map((document) => [document.id, document.title]));
  const wordings = { document: (each: string) => titles.get(each) ?? 'A document you cannot see, or one that is gone' };
  const fields = before ? changedFields(before.settings, version.settings) : [];
  return {
    title: `Version ${number} of ${agent.name}`,
    agent,
    version,
    createdBy: nameIn(names, version.createdBy),
    isNewest: number === agent.version,
    differsFromNewest: changedFields(settingsOf(agent), version.settings).length > 0,
    first: !before,
    changes: (before ? fields : allFields).map((field) => {
      const now = asText(version.settings[field], field, wordings);
      return {
        label: wordFor(field),
        lines: lineDifference(before ? asText(before.settings[field], field, wordings) : now, now),
      };
    }),
  };
}

const words: Readonly<Record<Field, string>> = {
  name: 'Name',
  role: 'Role',
  instructions: 'Instructions',
  model: 'Model',
  fallbacks: 'Who is asked next',
  tools: 'Tools',
  policies: 'Rules for its calls',
  knowledge: 'Knowledge',
  documents: 'Documents',
  budget: 'Limits of an answer',
};
const allFields = Object.keys(words) as Field[];
const wordFor = (field: Field) => words[field];

const knowledgeWords: Readonly<Record<string, string>> = {
  all: 'All documents',
  chosen: 'Chosen documents',
  none: 'No documents',
};

function asText(value: unknown, field: Field, wordings: { document(id: string): string }): string {
  if (field === 'model') return modelLabel(typeof value === 'string' ? value : null);
  if (field === 'knowledge') return knowledgeWords[String(value)] ?? String(value);
  if (field === 'policies') return policiesAsText(value);
  if (field === 'budget') return budgetWords(AgentSettings.shape.budget.catch({}).parse(value)).join('\n');
  if (field === 'fallbacks')
    return Array.isArray(value) ? modelList(value.map(String)) : 'The others, as the operator says';
  if (!Array.isArray(value)) return String(value);
  const names = value.map(String);
  return (field === 'documents' ? names.map(wordings.document) : names).sort().join('\n');
}

function policiesAsText(value: unknown): string {
  const own = Object.entries(AgentSettings.shape.policies.catch({}).parse(value));
  return own
    .map(([tool, rule]) => `${tool}: ${ruleWords[rule]}`)
    .sort()
    .join('\n');
}

const modelList = (ids: readonly string[]): string => ids.map(modelLabel).join('\n') || 'Nobody else';
