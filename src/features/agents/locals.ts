import { z } from 'zod';
import { shared } from '../../database/shared.js';
import { toolNamed } from '../../llm/tool.js';
import { may, type TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { riskWords, ruleWords } from '../decisions/wording.js';
import { listDocuments } from '../knowledge/queries.js';
import { readerOf } from '../knowledge/search/search.js';
import { listMembers } from '../members/queries.js';
import { countAgents, getAgent, listAgents } from './queries.js';
import { budgetWords, modelLabel } from './wording.js';

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
    fallbacks: agent.fallbacks?.map(modelLabel),
    limits: budgetWords(agent.budget),
    tools: agent.tools.map((name) => {
      const own = agent.policies[name];
      const tool = toolNamed(name);
      const risk = tool && riskWords[tool.effect];
      return { name, label: tool?.label ?? name, gone: !tool, risk, rule: own && ruleWords[own] };
    }),
    documents: documents.filter((document) => agent.documents.includes(document.id)),
    createdBy: nameIn(names, agent.createdBy),
  };
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
