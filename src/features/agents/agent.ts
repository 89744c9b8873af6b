import { z } from 'zod';
import { rules } from '../decisions/policy/policy.js';

export const knowledgeScopes = ['all', 'chosen', 'none'] as const;

/** What can be decided about an agent, and what one version of it holds. */
export const AgentSettings = z.object({
  name: z.string(),
  /** One line: what it is for. Shown to people and told to the model. */
  role: z.string(),
  instructions: z.string(),
  /** Id of a configured model; null takes them in the operator's order. */
  model: z.string().nullable(),
  tools: z.array(z.string()),
  knowledge: z.enum(knowledgeScopes),
  /** Ids of the chosen documents; empty unless knowledge is `chosen`. */
  documents: z.array(z.string()),
  /** Its own rules for calls, by tool: `run`, `ask` or `never`. Versions from before there were any have none. */
  policies: z.record(z.string(), z.enum(rules)).default({}),
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
export type AgentSummary = Omit<Agent, 'instructions' | 'documents' | 'policies'>;

export interface AgentVersion {
  readonly version: number;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly settings: AgentSettings;
}

const printable = /^[^\p{Cc}\p{Cf}]*$/u;
const several = (item: z.ZodType<string>, most: number) =>
  z.preprocess((given) => (given === undefined ? [] : [given].flat()), z.array(item).max(most, 'Choose fewer.'));

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
    knowledge: z.enum(knowledgeScopes, 'Choose what it may know.'),
    documents: several(z.uuid('Choose documents from the list.'), 1000),
  })
  .transform((form): AgentSettings => {
    const { name, role, instructions, model, tools, knowledge, documents } = form;
    const chosen = knowledge === 'chosen' ? documents : [];
    return { name, role, instructions, model, tools, knowledge, documents: chosen, policies: policiesIn(form) };
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

const fields = ['name', 'role', 'instructions', 'model', 'tools', 'policies', 'knowledge', 'documents'] as const;
export type Field = (typeof fields)[number];

/** Which settings differ. The order of tools and documents does not matter. */
export function changedFields(before: AgentSettings, after: AgentSettings): Field[] {
  const plain = (value: AgentSettings[Field]) => {
    if (Array.isArray(value)) return JSON.stringify([...value].sort());
    return JSON.stringify(typeof value === 'object' && value !== null ? Object.entries(value).sort() : value);
  };
  return fields.filter((field) => plain(before[field]) !== plain(after[field]));
}

export function settingsOf(agent: Agent): AgentSettings {
  const { name, role, instructions, model, tools, knowledge, documents, policies } = agent;
  return { name, role, instructions, model, tools, knowledge, documents, policies };
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
  tools: ['search_knowledge'],
  knowledge: 'all',
  documents: [],
  policies: {},
};
