import { z } from 'zod';
import { rules } from '../decisions/policy/policy.js';
import { MoneyField } from '../usage/money.js';

export const knowledgeScopes = ['all', 'chosen', 'none'] as const;

/** What one answer of it may use up; what is not named is what the installation allows. */
export const AgentBudget = z.object({
  calls: z.number().int().positive().optional(),
  tokens: z.number().int().positive().optional(),
  seconds: z.number().int().positive().optional(),
  /** In millionths of the operator's currency. */
  cost: z.number().int().positive().optional(),
});
export type AgentBudget = z.infer<typeof AgentBudget>;

/** What can be decided about an agent, and what one version of it holds. Versions from before a field have its default. */
export const AgentSettings = z.object({
  name: z.string(),
  /** One line: what it is for. Shown to people and told to the model. */
  role: z.string(),
  instructions: z.string(),
  /** Id of a configured model; null takes them in the operator's order. */
  model: z.string().nullable(),
  /** Who is asked when the model does not answer, in this order and nobody else; null: all others, as the operator says. */
  fallbacks: z.array(z.string()).nullable().default(null),
  tools: z.array(z.string()),
  knowledge: z.enum(knowledgeScopes),
  /** Ids of the chosen documents; empty unless knowledge is `chosen`. */
  documents: z.array(z.string()),
  /** Its own rules for calls, by tool: `run`, `ask` or `never`. */
  policies: z.record(z.string(), z.enum(rules)).default({}),
  budget: AgentBudget.default({}),
});
export type AgentSettings = z.infer<typeof AgentSettings>;

export interface Agent extends AgentSettings {
  readonly id: string;
  readonly version: number;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
}

/** An agent as lists show it. */
export type AgentSummary = Omit<Agent, 'instructions' | 'documents' | 'policies' | 'fallbacks' | 'budget'>;

export interface AgentVersion {
  readonly version: number;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly settings: AgentSettings;
}

const printable = /^[^\p{Cc}\p{Cf}]*$/u;
const several = (item: z.ZodType<string>, most: number) =>
  z.preprocess((given) => (given === undefined ? [] : [given].flat()), z.array(item).max(most, 'Choose fewer.'));

/** A number, or nothing for as much as the installation allows. */
const atMost = z
  .string()
  .trim()
  .regex(/^\d{0,9}$/, 'Write a whole number, or leave it empty.')
  .transform((text) => (text === '' ? undefined : Number(text)))
  .pipe(z.number().int().min(1, 'Use at least 1.').optional())
  .prefault('');

/** The form. Texts keep their lines; names are one line without invisible characters. */
export const AgentDraft = z
  .looseObject({
    name: z
      .string('Give it a name.')
      .trim()
      .min(1, 'Give it a name.')
      .max(80, 'Use at most 80 characters.')
      .regex(printable, 'Leave out control characters.'),
    role: z
      .string()
      .trim()
      .max(200, 'Use at most 200 characters.')
      .regex(printable, 'Leave out control characters.')
      .default(''),
    instructions: z
      .string()
      .transform((text) => text.replace(/\r\n?/g, '\n').trim())
      .pipe(z.string().max(20_000, 'Use at most 20,000 characters.'))
      .default(''),
    model: z
      .string()
      .max(200)
      .transform((id) => id || null)
      .default(null),
    tools: several(z.string().max(64), 100),
    others: z.enum(['any', 'listed']).default('any'),
    fallbacks: several(z.string().max(200), 10),
    knowledge: z.enum(knowledgeScopes, 'Choose what it may know.'),
    documents: several(z.uuid('Choose documents from the list.'), 1000),
    calls: atMost,
    // Not called tokens: what a form holds under such a name is never shown again.
    volume: atMost,
    seconds: atMost,
    cost: MoneyField,
  })
  .transform((form): AgentSettings => {
    const { name, role, instructions, model, tools, knowledge, calls, volume: tokens, seconds, cost } = form;
    const documents = knowledge === 'chosen' ? form.documents : [];
    const listed = [...new Set(form.fallbacks)].filter((id) => id !== '' && id !== model);
    const fallbacks = model !== null && form.others === 'listed' ? listed : null;
    const named = Object.entries({ calls, tokens, seconds, cost: cost || undefined }).filter(
      ([, most]) => most !== undefined,
    );
    const budget = AgentBudget.parse(Object.fromEntries(named));
    const policies = policiesIn(form);
    return { name, role, instructions, model, fallbacks, tools, knowledge, documents, policies, budget };
  });

/** `tool-delete_document=ask`; whatever is no rule means: as the workspace says. */
function policiesIn(form: Readonly<Record<string, unknown>>): AgentSettings['policies'] {
  const given = Object.entries(form).flatMap(([field, value]) => {
    const rule = z.enum(rules).safeParse(value);
    const tool = /^tool-([a-z][a-z0-9_]{0,63})$/.exec(field)?.[1];
    return tool && rule.success ? [[tool, rule.data] as const] : [];
  });
  return Object.fromEntries(given.slice(0, 100));
}

/** Which version the form showed: a change on top of another's must not happen unseen. */
export const SeenVersion = z.object({ version: z.coerce.number().int().positive() });

const fields = [
  'name',
  'role',
  'instructions',
  'model',
  'fallbacks',
  'tools',
  'policies',
  'knowledge',
  'documents',
  'budget',
] as const;
export type Field = (typeof fields)[number];

/** Which settings differ. The order of tools and documents does not matter, that of the models does. */
export function changedFields(before: AgentSettings, after: AgentSettings): Field[] {
  const plain = (field: Field, value: AgentSettings[Field]) => {
    if (Array.isArray(value)) return JSON.stringify(field === 'fallbacks' ? value : [...value].sort());
    return JSON.stringify(typeof value === 'object' && value !== null ? Object.entries(value).sort() : value);
  };
  return fields.filter((field) => plain(field, before[field]) !== plain(field, after[field]));
}

export function settingsOf(agent: Agent): AgentSettings {
  const { name, role, instructions, model, fallbacks, tools, knowledge, documents, policies, budget } = agent;
  return { name, role, instructions, model, fallbacks, tools, knowledge, documents, policies, budget };
}

/** The agent that every workspace starts with. */
export const guide: AgentSettings = {
  name: 'Guide',
  role: 'Answers questions from the documents of this workspace',
  instructions: [
    'Look into the documents before you answer a question about them, and name the passages you used.',
    'Answer briefly, in the language of the question. If the documents do not say, say so.',
  ].join('\n'),
  model: null,
  fallbacks: null,
  tools: ['search_knowledge'],
  knowledge: 'all',
  documents: [],
  policies: {},
  budget: {},
};
