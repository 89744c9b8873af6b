import { z } from 'zod';
import { componentNames, type Incident, type Kind, severityNames, stages } from './incident.js';

/** Anything but what would break a line, a feed or the direction of a text. */
const title = z
  .string('Say in a few words what it is.')
  .trim()
  .min(1, 'Say in a few words what it is.')
  .max(120, 'Use at most 120 characters.')
  .regex(/^(?![\s\S]*[\p{Cc}\u202a-\u202e\u2066-\u2069])/u, 'Use letters, digits and signs only.');

const text = z
  .string('Say what people should know.')
  .trim()
  .min(1, 'Say what people should know.')
  .max(4000, 'Use at most 4,000 characters.')
  .transform((words) => words.replace(/\r\n?/g, '\n'));

/** What a form field for a moment in UTC says: `2026-11-22T12:05`, seconds or not. */
const moment = z
  .string('Enter a day and a time.')
  .trim()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/, 'Enter a day and a time.')
  // The last of February would otherwise become a day of March.
  .refine((words) => z.iso.date().safeParse(words.slice(0, 10)).success, 'Enter a day that exists.')
  .transform((words) => new Date(`${words}Z`))
  .refine((date) => !Number.isNaN(date.getTime()), 'Enter a time that exists.');

const facts = {
  title,
  components: z
    .union([z.string().transform((one) => [one]), z.array(z.string())])
    .pipe(z.array(z.enum(componentNames)).transform((names) => [...new Set(names)]))
    .catch([])
    .refine((names) => names.length > 0, 'Choose what is affected.'),
  severity: z.enum(severityNames, 'Choose how much of it works.'),
};

const begun = z
  .union([z.literal('').transform(() => new Date()), moment])
  .default(() => new Date())
  .refine((date) => date.getTime() < Date.now() + 60_000, 'An incident has begun already. Plan maintenance instead.');

const Trouble = z
  .object({ ...facts, kind: z.literal('incident'), startsAt: begun })
  .transform((trouble) => ({ ...trouble, endsAt: null }));

const Work = z
  .object({ ...facts, kind: z.literal('maintenance'), startsAt: moment, endsAt: moment })
  .refine(({ startsAt, endsAt }) => endsAt > startsAt, { path: ['endsAt'], message: 'It must end after it begins.' });

export const IncidentDraft = z.discriminatedUnion('kind', [Trouble, Work]);
export type IncidentDraft = z.infer<typeof IncidentDraft>;

export const NewIncident = IncidentDraft.and(z.object({ text }));
export type NewIncident = z.infer<typeof NewIncident>;

export interface UpdateDraft {
  readonly stage: string;
  readonly text: string;
}

export function updateDraftFor(kind: Kind): z.ZodType<UpdateDraft> {
  const names = Object.keys(stages[kind]);
  return z.object({ text, stage: z.string().refine((stage) => names.includes(stage), 'Choose how far it is.') });
}

/** What the form of an incident that is there shows. */
export function draftValues({ title: said, severity, components, startsAt, endsAt }: Incident) {
  const field = (date: Date) => date.toISOString().slice(0, 16);
  return { title: said, severity, components, startsAt: field(startsAt), endsAt: endsAt ? field(endsAt) : '' };
}
