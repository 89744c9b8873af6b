import { z } from 'zod';
import { shared } from '../../database/shared.js';
import type { FormErrors } from '../../http/form-errors.js';
import { configuredModels } from '../../llm/router.js';
import { allTools, toolNamed } from '../../llm/tool.js';
import { may, type TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { ruleFor, rules } from '../decisions/policy/policy.js';
import { getPolicy } from '../decisions/policy/queries.js';
import { ruleWords } from '../decisions/wording.js';
import { listDocuments } from '../knowledge/queries.js';
import { readerOf } from '../knowledge/search/search.js';
import { listMembers } from '../members/queries.js';
import type { Agent } from './agent.js';
import { countAgents, getAgent, listAgents } from './queries.js';

const perPage = 30;

const ListQuery = z.object({
  q: z.string().trim().max(100).catch(''),
  show: z.enum(['active', 'archived']).catch('active'),
  page: z.coerce.number().int().min(1).max(1000).catch(1),
});

export async function listLocals(context: TenantContext, query: unknown) {
  const { q, show, page } = ListQuery.parse(query);
  const filter = { query: q, archived: show === 'archived' };
  const base = `/w/${context.tenant.slug}/agents`;
  const [agents, count] = await readTenant(context, 'agents.read', (db) =>
    Promise.all([listAgents(db, filter, { limit: perPage, offset: (page - 1) * perPage }), countAgents(db, filter)]),
  );
  const at = (number: number) => `${base}?${new URLSearchParams({ q, show, page: String(number) })}`;
  return {
    title: 'Agents',
    agents: agents.map((agent) => ({ ...agent, modelLabel: modelLabel(agent.model) })),
    filters: {
      action: base,
      query: q,
      queryLabel: 'Search agents',
      selects: [
        {
          name: 'show',
          label: 'Show',
          value: show,
          options: [
            { value: 'active', label: 'In use' },
            { value: 'archived', label: 'Archived' },
          ],
        },
      ],
      clearHref: q || show === 'archived' ? base : undefined,
    },
    narrowed: q !== '' || show === 'archived',
    pages: {
      newer: page > 1 ? at(page - 1) : undefined,
      older: page * perPage < count ? at(page + 1) : undefined,
      label: count > perPage ? `${(page - 1) * perPage + 1}–${Math.min(page * perPage, count)} of ${count}` : undefined,
    },
  };
}

export async function showLocals(context: TenantContext, id: string) {
  const agent = await readTenant(context, 'agents.read', (db) => getAgent(db, id));
  const [documents, names] = await Promise.all([readableDocuments(context), memberNames(context)]);
  return {
    title: agent.name,
    agent,
    modelLabel: modelLabel(agent.model),
    tools: agent.tools.map((name) => {
      const own = agent.policies[name];
      return { name, label: toolNamed(name)?.label ?? name, gone: !toolNamed(name), rule: own && ruleWords[own] };
    }),
    documents: documents.filter((document) => agent.documents.includes(document.id)),
    createdBy: nameIn(names, agent.createdBy),
  };
}

export async function formLocals(context: TenantContext, agent: Agent | undefined, form: FormErrors) {
  const documents = await readableDocuments(context);
  const values = { model: '', knowledge: 'all', ...form.values };
  const chosen = (field: string) => [form.values[field] ?? []].flat();
  const gone = (agent?.tools ?? []).filter((name) => !toolNamed(name));
  return {
    title: agent ? `Edit ${agent.name}` : 'New agent',
    agent,
    values,
    errors: form.errors,
    models: modelOptions(agent?.model ?? null),
    tools: [
      ...allTools().map(({ name, label, description }) => ({ value: name, label, help: description })),
      ...gone.map((name) => ({ value: name, label: name, help: 'Not available in this version of Bailiwick.' })),
    ].map((option) => ({ ...option, checked: chosen('tools').includes(option.value) })),
    policies: await policyFields(context, agent, values),
    documents: documents.map(({ id, title }) => ({
      value: id,
      label: title,
      checked: chosen('documents').includes(id),
    })),
  };
}

/** For each tool what the workspace says, and the agent's own rule. */
async function policyFields(context: TenantContext, agent: Agent | undefined, values: FormErrors['values']) {
  const policy = await readTenant(context, 'agents.read', getPolicy);
  return {
    mayLoosen: policy.agentsMayLoosen,
    fields: allTools().map(({ name, label, effect }) => {
      const general = ruleFor(policy, {}, { name, effect });
      const inherit = { value: '', label: `As the workspace says: ${ruleWords[general].toLowerCase()}` };
      return {
        name: `tool-${name}`,
        label,
        value: values[`tool-${name}`] ?? agent?.policies[name] ?? '',
        options: [inherit, ...rules.map((rule) => ({ value: rule, label: ruleWords[rule] }))],
      };
    }),
  };
}

export function modelLabel(id: string | null): string {
  if (id === null) return 'Automatic';
  return configuredModels().find((choice) => choice.id === id)?.label ?? `${id} (not configured now)`;
}

function modelOptions(present: string | null) {
  const models = configuredModels().map(({ id, label }) => ({ value: id, label }));
  const gone = present !== null && !models.some(({ value }) => value === present);
  const automatic = { value: '', label: 'Automatic: the first that answers' };
  return [automatic, ...models, ...(gone && present ? [{ value: present, label: modelLabel(present) }] : [])];
}

export async function readableDocuments(context: TenantContext) {
  if (!may(context.actor, 'knowledge.read')) return [];
  return readTenant(context, 'knowledge.read', (db) => listDocuments(db, readerOf(context)));
}

export async function memberNames({ tenant }: TenantContext): Promise<ReadonlyMap<string, string>> {
  const members = await listMembers(shared(), tenant.id);
  return new Map(members.map(({ accountId, name }) => [accountId, name]));
}

export function nameIn(names: ReadonlyMap<string, string>, accountId: string | null): string {
  return accountId === null ? 'Bailiwick' : (names.get(accountId) ?? 'A former member');
}
