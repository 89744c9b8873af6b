import { z } from 'zod';
import { type Effect, effects } from '../../../llm/tool.js';

/** What becomes of a call: it runs, a person is asked first, or it is refused. From the least to the most strict. */
export const rules = ['run', 'ask', 'never'] as const;
export type Rule = (typeof rules)[number];

export const ownApprovals = ['never', 'alone', 'always'] as const;
export const secondApprovals = ['never', 'risky', 'always'] as const;
export const mostDays = 30;

const ToolRules = z.record(z.string(), z.enum(rules));
export type ToolRules = z.infer<typeof ToolRules>;

/** What a workspace decided about the calls of all its agents. */
export const Policy = z.object({
  /** By what comes of a call. */
  effects: z.record(z.enum(effects), z.enum(rules)),
  /** By tool, in place of the rule for its effect. */
  tools: ToolRules,
  /** Whether an agent's own rules may be less strict than these. `never` stays, whatever the agent says. */
  agentsMayLoosen: z.boolean(),
  /** Whether who asked may approve: `alone` is when nobody else in the workspace may. */
  ownApproval: z.enum(ownApprovals),
  /** When two people must approve: `risky` is what leaves the workspace or cannot be undone. */
  secondApproval: z.enum(secondApprovals),
  /**
   * What becomes of a change that could run by its effect, once the agent has read what others wrote in the conversation:
   * a text may have told it to. A rule for the tool by its name goes before this one.
   */
  afterReading: z.enum(['run', 'ask']).default('ask'),
  /** Above this amount a person is asked even where the call could run, and two must approve. */
  amountLimit: z.number().nonnegative().nullable(),
  /** After so many days without a decision the answer is no. */
  days: z.number().int().min(1).max(mostDays),
});
export type Policy = z.infer<typeof Policy>;

export const defaultPolicy: Policy = {
  effects: { reads: 'run', inside: 'run', irreversible: 'ask', outside: 'ask' },
  tools: {},
  agentsMayLoosen: false,
  ownApproval: 'alone',
  secondApproval: 'never',
  afterReading: 'ask',
  amountLimit: null,
  days: 3,
};

export interface Judged {
  readonly name: string;
  readonly effect: Effect;
  readonly amount?: number | undefined;
  /** The agent has read what others than the asking person wrote. */
  readonly hasRead?: boolean;
}

/**
 * The rule for a call. The workspace's rule for the tool goes before its rule for the effect: both are its own words. Of
 * the workspace and the agent the stricter one counts, unless the workspace lets agents loosen what it does not forbid.
 */
export function ruleFor(policy: Policy, agentRules: ToolRules, call: Judged): Rule {
  const named = policy.tools[call.name];
  const general = named ?? policy.effects[call.effect] ?? 'ask';
  const own = agentRules[call.name];
  const loosened = own && policy.agentsMayLoosen && general !== 'never';
  const rule = loosened ? own : stricter(general, own ?? general);
  if (rule !== 'run') return rule;
  const isLed = call.hasRead && call.effect !== 'reads' && policy.afterReading === 'ask';
  return isAboveLimit(policy, call) || (isLed && !named && !loosened) ? 'ask' : rule;
}

function stricter(one: Rule, other: Rule): Rule {
  return rules.indexOf(one) >= rules.indexOf(other) ? one : other;
}

function isAboveLimit({ amountLimit }: Policy, { amount }: Pick<Judged, 'amount'>): boolean {
  // What is no number is above any limit.
  return amountLimit !== null && amount !== undefined && !(Math.abs(amount) <= amountLimit);
}

/** How many different people must approve. */
export function approvalsNeeded(policy: Policy, call: Pick<Judged, 'effect' | 'amount'>): 1 | 2 {
  const risky = call.effect === 'irreversible' || call.effect === 'outside';
  const second = policy.secondApproval === 'always' || (policy.secondApproval === 'risky' && risky);
  return second || isAboveLimit(policy, call) ? 2 : 1;
}
