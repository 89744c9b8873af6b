import type { FormErrors } from '../../http/form-errors.js';
import { configuredModels } from '../../llm/router.js';
import { allTools, type Effect, toolNamed } from '../../llm/tool.js';
import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import type { Permission } from '../../tenancy/permissions.js';
import { type Policy, ruleFor, rules } from '../decisions/policy/policy.js';
import { getPolicy } from '../decisions/policy/queries.js';
import { riskWords, ruleWords } from '../decisions/wording.js';
import { plainMoney } from '../usage/money.js';
import type { Agent, AgentSettings } from './agent.js';
import { installationLimits } from './checks.js';
import { readableDocuments } from './locals.js';
import { findTemplate, templates } from './templates.js';
import type { TrialShown } from './trial/shown.js';
import { modelLabel } from './wording.js';

export interface FormShown extends FormErrors {
  /** The one that is edited. */
  readonly agent?: Agent | undefined;
  /** What came of a question to the draft. */
  readonly trial?: TrialShown | undefined;
  /** What others changed since the form was opened. */
  readonly meanwhile?: { readonly version: number; readonly changed: readonly string[] };
}

export async function formLocals(context: TenantContext, { agent, values: typed, errors, ...shown }: FormShown) {
  const [documents, policy] = await Promise.all([
    readableDocuments(context),
    readTenant(context, 'agents.read', getPolicy),
  ]);
  const values = { model: '', knowledge: 'all', others: 'any', question: '', ...typed };
  const chosen = (field: string) => [typed[field] ?? []].flat();
  const template = findTemplate(String(typed.template ?? ''));
  return {
    styles: ['agents'],
    scripts: ['agents'],
    title: agent ? `Edit ${agent.name}` : 'New agent',
    agent,
    values,
    errors,
    template,
    trial: shown.trial,
    meanwhile: shown.meanwhile,
    models: modelOptions(agent),
    fallbacks: fallbackFields(agent, chosen('fallbacks')),
    toolGroups: grouped(toolFields({ values, policy, agent, chosen: chosen('tools') })),
    mayLoosen: policy.agentsMayLoosen,
    limits: installationLimits(),
    documents: documents.map(({ id, title }) => ({
      value: id,
      label: title,
      checked: chosen('documents').includes(id),
    })),
  };
}

export const galleryLocals = () => ({ title: 'New agent', styles: ['agents'], templates });

/** What the form shows of settings. */
export function valuesOf(settings: AgentSettings): FormErrors['values'] {
  const { name, role, instructions, model, fallbacks, tools, knowledge, documents, policies, budget } = settings;
  const own = Object.entries(policies).map(([tool, rule]) => [`tool-${tool}`, rule]);
  const { tokens, cost, ...others } = budget;
  const limits = Object.entries({ ...others, ...(tokens && { volume: tokens }) }).map(([what, most]) => [
    what,
    String(most),
  ]);
  return {
    ...{ name, role, instructions, model: model ?? '', tools, knowledge, documents },
    ...{ others: fallbacks ? 'listed' : 'any', fallbacks: fallbacks ?? [] },
    ...Object.fromEntries([...own, ...limits]),
    ...(cost ? { cost: plainMoney(cost) } : {}),
  };
}

interface ToolsShown {
  readonly values: FormErrors['values'];
  readonly policy: Policy;
  readonly agent: Agent | undefined;
  readonly chosen: readonly string[];
}

/** For each tool what comes of it, what the workspace says, and the agent's own rule. */
function toolFields({ values, policy, agent, chosen }: ToolsShown) {
  const known = allTools().map(({ name, label, description, effect, permission }) => {
    const general = ruleFor(policy, {}, { name, effect });
    const inherit = { value: '', label: `Workspace: ${ruleWords[general].toLowerCase()}` };
    return {
      ...{ name, label, description, effect, risk: riskWords[effect], gone: false, group: groupOf(permission, effect) },
      checked: chosen.includes(name),
      rule: String(values[`tool-${name}`] ?? ''),
      rules: [inherit, ...rules.map((rule) => ({ value: rule, label: ruleWords[rule] }))],
    };
  });
  const gone = (agent?.tools ?? []).filter((name) => !toolNamed(name));
  return [
    ...known,
    ...gone.map((name) => ({
      ...{ name, label: name, description: 'Not available in this version of Bailiwick.', gone: true, group: 'Gone' },
      ...{ effect: 'reads' as const, risk: '', checked: chosen.includes(name), rule: '', rules: [] },
    })),
  ];
}

const groups: Readonly<Record<string, string>> = {
  knowledge: 'Knowledge',
  tasks: 'Tasks',
  spaces: 'Pages',
  pages: 'Pages',
  calendar: 'Calendar',
};
const order = ['Knowledge', 'Tasks', 'Pages', 'Calendar', 'Web', 'Other', 'Gone'];

function groupOf(permission: Permission, effect: Effect): string {
  return groups[permission.split('.')[0] ?? ''] ?? (effect === 'outside' ? 'Web' : 'Other');
}

/** By what they are about; those of which one is chosen are open. */
function grouped(tools: ReturnType<typeof toolFields>) {
  return order.flatMap((label) => {
    const own = tools.filter(({ group }) => group === label);
    return own.length > 0 ? [{ label, tools: own, chosen: own.filter(({ checked }) => checked).length }] : [];
  });
}

const automatic = { value: '', label: 'Automatic: the first that answers' };

function modelOptions(agent: Agent | undefined) {
  const models = configuredModels().map(({ id, label }) => ({ value: id, label }));
  const gone = [agent?.model ?? [], agent?.fallbacks ?? []]
    .flat()
    .filter((id) => !models.some(({ value }) => value === id));
  return [automatic, ...models, ...[...new Set(gone)].map((id) => ({ value: id, label: modelLabel(id) }))];
}

/** As many places as there are other models. */
function fallbackFields(agent: Agent | undefined, chosen: readonly string[]) {
  const [, ...models] = modelOptions(agent);
  const options = [{ value: '', label: 'Nobody else' }, ...models];
  return models
    .slice(1)
    .map((_, index) => ({ label: `Then, number ${index + 2}`, value: chosen[index] ?? '', options }));
}
