import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { tagsToFind } from '../search-tags.js';
import { Day, statuses } from '../task.js';

export const sorts = ['updated', 'created', 'due', 'priority'] as const;
export type Sort = (typeof sorts)[number];
export const dues = ['overdue', 'today', 'week', 'any', 'none'] as const;

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const maybe = <Kind extends z.ZodType>(kind: Kind) => kind.optional().catch(undefined);

/** As it stands in the address of the list and of the board. What does not fit is left out. */
export const TaskQuery = z.object({
  q: z.string().trim().max(200).catch(''),
  status: z.enum(['open', 'all', 'archived', ...statuses]).catch('open'),
  assignee: maybe(z.string().regex(new RegExp(`^(me|none|member:${uuid}|agent:${uuid})$`))),
  label: maybe(z.uuid()),
  due: maybe(z.enum(dues)),
  /** Who made it. */
  by: maybe(z.string().regex(new RegExp(`^(people|agents|${uuid})$`))),
  sort: z.enum(sorts).catch('updated'),
  /** Where the page begins or ends (Cursor). */
  after: maybe(z.string().max(400)),
  before: maybe(z.string().max(400)),
});
export type TaskQuery = z.infer<typeof TaskQuery>;

/** What the statements take. */
export interface TaskFilter {
  /** For each word the tags of which one must be there; nothing is found when it is undefined. */
  readonly words: readonly Buffer[][] | undefined;
  /** A search for `#12` is for that task. */
  readonly number: number | undefined;
  readonly status: TaskQuery['status'];
  readonly assigneeId: string | null | undefined;
  readonly label: string | undefined;
  readonly due: TaskQuery['due'];
  readonly by: string | undefined;
  /** What day it is for whoever looks. */
  readonly today: string;
}

export function filterOf(
  db: TenantDatabase,
  context: TenantContext,
  { query, today }: { query: TaskQuery; today: string },
): TaskFilter {
  const { q, status, assignee, label, due, by } = query;
  const number = /^#?(\d{1,9})$/.exec(q)?.[1];
  const words = q && !number ? tagsToFind(db, q) : [];
  return {
    ...{ status, label, due, by, today },
    words: q && !number && words.length === 0 ? undefined : words,
    number: number === undefined ? undefined : Number(number),
    assigneeId: assigneeIn(context, assignee),
  };
}

/** Null is nobody, undefined is anybody. */
function assigneeIn({ actor }: TenantContext, text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'none') return null;
  return text === 'me' ? (accountOf(actor) ?? null) : text.slice(text.indexOf(':') + 1);
}

/** The last of a page as the order sees it: a task that changes meanwhile does not move the place. */
export interface Cursor {
  readonly value: string;
  readonly id: string;
}

const values: Readonly<Record<Sort | 'place', z.ZodType<string>>> = {
  updated: z.string().regex(/^\d{1,13}$/),
  created: z.literal('0'),
  due: z.union([z.literal('none'), Day]),
  priority: z.string().regex(/^[0-4]$/),
  place: z.string().regex(/^-?\d{1,12}(\.\d{1,300})?$/),
};
const cursorText = new RegExp(`^([^~]{1,320})~(${uuid})$`);

export function readCursor(text: string | undefined, sort: Sort | 'place'): Cursor | undefined {
  const [, value, id] = cursorText.exec(text ?? '') ?? [];
  return value && id && values[sort].safeParse(value).success ? { value, id } : undefined;
}

export const writeCursor = ({ value, id }: Cursor): string => `${value}~${id}`;

/** The days of the calendar as one place of the world has them; UTC where none is known, or none of that name. */
export function todayIn(timeZone = 'UTC', now = new Date()): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now);
}
