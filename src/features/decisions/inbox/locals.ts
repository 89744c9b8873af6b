import { z } from 'zod';
import { effects, toolNamed } from '../../../llm/tool.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { listApprovers, viewerIn } from '../approvers.js';
import { callOf } from '../call.js';
import { approversOf, currentVersion, type Decision, type DecisionSummary, type Version } from '../decision.js';
import { approvalsNeeded } from '../policy/policy.js';
import { getPolicy } from '../policy/queries.js';
import { getDecision, type Viewer } from '../queries.js';
import { suspicions, visible } from '../suspicious.js';
import { riskWords, statusWords, triggerWords } from '../wording.js';
import { countForMe, listDecisions, listOptions, type View, views } from './queries.js';

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
  const [viewer, found, count, options] = await readTenant(context, 'decisions.read', async (db) => {
    const looking = await viewerIn(db, context);
    const page = { before, limit: perPage + 1 };
    const read = [listDecisions(db, looking, query, page), countForMe(db, looking), listOptions(db, looking)] as const;
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
        ...(each === 'waiting' ? { count } : {}),
      })),
    },
    filters: filtersOf(home, query, options),
    pages: {
      newer: before ? at({}) : undefined,
      older: found.length > perPage && last ? at({ before: last.id }) : undefined,
    },
  };
}

function filtersOf(home: string, query: ListQuery, { tools, agents }: Awaited<ReturnType<typeof listOptions>>) {
  const all = { value: '', label: 'All' };
  return {
    action: home,
    view: query.view,
    clearHref: query.tool || query.effect || query.agent ? addressOf(home, { view: query.view }) : undefined,
    selects: [
      {
        ...{ name: 'tool', label: 'Tool', value: query.tool },
        options: [all, ...tools.map((name) => ({ value: name, label: labelOf(name) }))],
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
function cardOf(decision: DecisionSummary, home: string) {
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

export async function showLocals(context: TenantContext, id: string) {
  const home = homeOf(context);
  const { decision, viewer, policy } = await readTenant(context, 'decisions.read', async (db) => {
    const looking = await viewerIn(db, context);
    const [found, rules] = await Promise.all([getDecision(db, looking, id), getPolicy(db)]);
    return { decision: found, viewer: looking, policy: rules };
  });
  const version = currentVersion(decision);
  const needed = approvalsNeeded(policy, {
    effect: decision.effect,
    amount: callOf(decision.tool, version.arguments)?.amount,
  });
  const approvers = viewer.mayDecide && decision.status === 'waiting' ? await listApprovers(context.tenant) : [];
  const mine = decision.accountId === accountOf(context.actor);
  const conversation =
    mine && decision.conversationId ? `/w/${context.tenant.slug}/conversations/${decision.conversationId}` : undefined;
  return {
    title: labelOf(decision.tool),
    decision: { ...cardOf(decision, home), result: decision.result, requestId: decision.requestId },
    version: versionOf(version),
    earlier: decision.versions.filter((each) => each.version !== decision.version).map(versionOf),
    warnings: suspicions(`${version.summary}\n${pretty(version.arguments)}`),
    background: { ...decision.background, why: visible(decision.background.why) },
    home,
    knowledge: `/w/${context.tenant.slug}/knowledge`,
    from: triggerWords[decision.trigger] ?? decision.trigger,
    conversation,
    steps: decision.steps.map((step) => ({
      ...step,
      to: approvers.find(({ accountId }) => accountId === step.delegatedTo)?.name,
    })),
    approvals: { given: approversOf(decision).size, needed },
    delegates: approvers.filter(({ accountId }) => accountId !== viewer.accountId && accountId !== decision.accountId),
    ...powersOf(decision, viewer),
  };
}

function powersOf(decision: Decision, { accountId, mayDecide, mayDecideOwn }: Viewer) {
  const isOpen = decision.status === 'waiting';
  const own = decision.accountId === accountId;
  return {
    isOpen,
    mayApprove: isOpen && mayDecide && (!own || mayDecideOwn) && !approversOf(decision).has(accountId),
    mayReject: isOpen && mayDecide,
    mayWithdraw: isOpen && own,
    waitsForSomebodyElse: isOpen && mayDecide && own && !mayDecideOwn,
    hasApproved: isOpen && approversOf(decision).has(accountId),
  };
}

function versionOf({ version, digest, editedBy, createdAt, target, ...rest }: Version) {
  return {
    ...{ version, editedBy, createdAt, target, digest: digest.toString('hex') },
    summary: visible(rest.summary),
    arguments: visible(pretty(rest.arguments)),
    exact: pretty(rest.arguments),
  };
}

function pretty(text: string): string {
  return JSON.stringify(JSON.parse(text), null, 2);
}

const labelOf = (tool: string): string => toolNamed(tool)?.label ?? tool;

function homeOf({ tenant }: TenantContext): string {
  return `/w/${tenant.slug}/inbox`;
}
