import { z } from 'zod';
import { allTools, effects, fileTools, toolNamed } from '../../../llm/tool.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { viewerIn } from '../approvers.js';
import type { DecisionSummary } from '../decision.js';
import { visible } from '../suspicious.js';
import { riskWords, statusWords } from '../wording.js';
import { countForMe, listAskers, listDecisions, mostCounted, type View, views } from './queries.js';

const perPage = 30;

const ListQuery = z.object({
  view: z.enum(views).catch('waiting'),
  tool: z.string().max(64).catch(''),
  effect: z.enum(effects).optional().catch(undefined),
  agent: z.uuid().optional().catch(undefined),
  before: z.uuid().optional().catch(undefined),
});
type ListQuery = z.infer<typeof ListQuery>;

const viewWords: Readonly<Record<View, string>> = {
  waiting: 'Waiting for me',
  mine: 'Asked by me',
  others: 'Waiting for others',
  decided: 'Decided',
};

export async function listLocals(context: TenantContext, given: unknown) {
  const query = ListQuery.parse(given);
  const home = homeOf(context);
  const { view, before } = query;
  const [viewer, found, count, agents] = await readTenant(context, 'decisions.read', async (db) => {
    const looking = await viewerIn(db, context);
    const page = { before, limit: perPage + 1 };
    const read = [listDecisions(db, looking, query, page), countForMe(db, looking), listAskers(db)] as const;
    return [looking, ...(await Promise.all(read))] as const;
  });
  const at = (place: Partial<ListQuery>) => addressOf(home, { ...query, before: undefined, ...place });
  const last = found.slice(0, perPage).at(-1);
  const narrowed = Boolean(query.tool || query.effect || query.agent);
  return {
    title: 'Inbox',
    view,
    narrowed,
    decisions: found.slice(0, perPage).map((decision) => cardOf(decision, home)),
    mayDecide: viewer.mayDecide,
    tabs: {
      label: 'Decisions',
      items: views.map((each) => ({
        href: addressOf(home, { view: each }),
        label: viewWords[each],
        current: each === view,
        ...(each === 'waiting' ? { count: count < mostCounted ? String(count) : `${mostCounted - 1}+` } : {}),
      })),
    },
    filters: filtersOf(home, query, agents),
    pages: {
      newer: before ? at({}) : undefined,
      older: found.length > perPage && last ? at({ before: last.id }) : undefined,
    },
  };
}

function filtersOf(home: string, query: ListQuery, agents: readonly { id: string; name: string }[]) {
  const all = { value: '', label: 'All' };
  return {
    action: home,
    view: query.view,
    clearHref: query.tool || query.effect || query.agent ? addressOf(home, { view: query.view }) : undefined,
    selects: [
      {
        ...{ name: 'tool', label: 'Tool', value: query.tool },
        options: [all, ...[...allTools(), ...fileTools()].map(({ name, label }) => ({ value: name, label }))],
      },
      {
        ...{ name: 'effect', label: 'Risk', value: query.effect ?? '' },
        options: [all, ...effects.map((effect) => ({ value: effect, label: riskWords[effect] }))],
      },
      {
        ...{ name: 'agent', label: 'Agent', value: query.agent ?? '' },
        options: [all, ...agents.map(({ id, name }) => ({ value: id, label: name }))],
      },
    ],
  };
}

function addressOf(home: string, query: Partial<ListQuery>): string {
  const kept = Object.entries(query).filter(([name, value]) => value && !(name === 'view' && value === 'waiting'));
  const text = new URLSearchParams(kept).toString();
  return text ? `${home}?${text}` : home;
}

/** The same card in the inbox and in the thread. */
export function cardOf(decision: DecisionSummary, home: string) {
  const { id, summary, effect, status, tool } = decision;
  return {
    ...decision,
    summary: visible(summary),
    href: `${home}/${id}`,
    toolLabel: labelOf(tool),
    risk: riskWords[effect],
    statusText: statusWords[status],
  };
}

export const labelOf = (tool: string): string => toolNamed(tool)?.label ?? tool;

export function homeOf({ tenant }: TenantContext): string {
  return `/w/${tenant.slug}/inbox`;
}
