import { z } from 'zod';
import { allTools, effects } from '../../../llm/tool.js';
import { mostDays, ownApprovals, Policy, rules, secondApprovals } from './policy.js';

const rule = z.enum(rules, 'Choose what happens.');
const Form = z.object({
  ...Object.fromEntries(effects.map((effect) => [`effect-${effect}`, rule])),
  loosen: z.enum(['yes', 'no'], 'Choose one.'),
  own: z.enum(ownApprovals, 'Choose who may approve.'),
  second: z.enum(secondApprovals, 'Choose when two must approve.'),
  reading: z.enum(['run', 'ask'], 'Choose what happens.').default('ask'),
  limit: z
    .string()
    .trim()
    .regex(/^\d{0,12}(\.\d{1,2})?$/, 'Write a number such as 500, or leave it empty.')
    .default(''),
  days: z.coerce
    .number('Write a number of days.')
    .int('Write whole days.')
    .min(1, 'At least one day.')
    .max(mostDays, `At most ${mostDays} days.`),
});

const prefix = 'tool-';

/** The form of the policy page; tools without a rule of their own follow the rule for what comes of them. */
export const PolicyForm = z.preprocess(
  (body) => (typeof body === 'object' && body !== null ? body : {}),
  z.looseObject(Form.shape).transform((form, { addIssue }): Policy => {
    const parsed = Policy.safeParse({
      effects: Object.fromEntries(effects.map((effect) => [effect, form[`effect-${effect}`]])),
      tools: toolRulesIn(form),
      agentsMayLoosen: form.loosen === 'yes',
      ownApproval: form.own,
      secondApproval: form.second,
      afterReading: form.reading,
      amountLimit: form.limit === '' ? null : Number(form.limit),
      days: form.days,
    });
    if (parsed.success) return parsed.data;
    addIssue({ code: 'custom', message: 'Check what you entered.', path: [''] });
    return z.NEVER;
  }),
);

/** `tool-delete_document=ask`. Whatever is no tool, or no rule, is left out. */
export function toolRulesIn(form: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = allTools().map(({ name }) => name);
  return Object.fromEntries(
    known.flatMap((name) => {
      const given = z.enum(rules).safeParse(form[`${prefix}${name}`]);
      return given.success ? [[name, given.data]] : [];
    }),
  );
}

export function valuesOf(policy: Policy): Record<string, string> {
  return {
    ...Object.fromEntries(effects.map((effect) => [`effect-${effect}`, policy.effects[effect]])),
    ...Object.fromEntries(Object.entries(policy.tools).map(([name, own]) => [`${prefix}${name}`, own])),
    loosen: policy.agentsMayLoosen ? 'yes' : 'no',
    own: policy.ownApproval,
    second: policy.secondApproval,
    reading: policy.afterReading,
    limit: policy.amountLimit === null ? '' : String(policy.amountLimit),
    days: String(policy.days),
  };
}
