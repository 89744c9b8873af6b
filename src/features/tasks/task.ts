import { z } from 'zod';
import type { State } from './work/work.js';

export const statuses = ['backlog', 'todo', 'doing', 'done', 'cancelled'] as const;
export type Status = (typeof statuses)[number];
export const statusWords: Readonly<Record<Status, string>> = {
  backlog: 'Backlog',
  todo: 'To do',
  doing: 'In progress',
  done: 'Done',
  cancelled: 'Cancelled',
};
export const isFinished = (status: Status): boolean => status === 'done' || status === 'cancelled';

/** Kept as their place in this list, so that what matters most sorts first. */
export const priorities = ['none', 'low', 'medium', 'high', 'urgent'] as const;
export type Priority = (typeof priorities)[number];
export const priorityWords: Readonly<Record<Priority, string>> = {
  none: 'No priority',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  urgent: 'Urgent',
};

/** Somebody of the workspace: a person by the id of the account, or an agent. An agent takes it up (work/giving.ts). */
export interface Assignee {
  readonly kind: 'member' | 'agent';
  readonly id: string;
}

/** Whose doing it was. An agent acted for the person of the account. */
export interface Doer {
  readonly accountId: string | null;
  readonly accountName: string;
  readonly agentId: string | null;
  readonly agentName: string | null;
}

export interface TaskSummary extends Doer {
  readonly id: string;
  /** As people say it: `#12`. */
  readonly number: number;
  readonly title: string;
  readonly status: Status;
  readonly priority: Priority;
  readonly assignee: Assignee | null;
  /** A day of the calendar, `2026-11-30`, wherever one is. */
  readonly due: string | null;
  /** Ids. */
  readonly labels: readonly string[];
  readonly comments: number;
  /** How far the agent is that it was given to; null when no agent has it, or took it up. */
  readonly work: State | null;
  readonly position: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
  readonly archivedAt: Date | null;
}

export interface Task extends TaskSummary {
  /** Markdown, as typed. */
  readonly description: string;
}

const longestText = 20_000;
// Line ends are typed; other controls are not, and a Postgres text could not hold all of them.
const controls = /(?![\n\t])\p{Cc}/gu;

export const Title = z
  .string('Give it a title.')
  .trim()
  .min(1, 'Give it a title.')
  .max(200, 'Use at most 200 characters.')
  .regex(/^[^\p{Cc}]*$/u, 'Leave out control characters.');

const cleaned = (given: string): string => given.replace(/\r\n?/g, '\n').replace(controls, '').trim();

export const Description = z
  .string()
  .transform(cleaned)
  .pipe(z.string().max(longestText, 'Use at most 20,000 characters. Longer texts are pages or documents.'));

export const CommentText = z
  .string('Write something.')
  .transform(cleaned)
  .pipe(z.string().min(1, 'Write something.').max(longestText, 'Use at most 20,000 characters.'));

const [firstDay, lastDay] = ['1970-01-01', '2999-12-31'];
export const Day = z.iso
  .date('Choose a day.')
  .refine((day) => day >= firstDay && day <= lastDay, 'Choose a day of this millennium.');

const AssigneeText = z
  .string()
  .regex(/^(member|agent):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'Choose somebody of this workspace.')
  .transform((text): Assignee => {
    const [kind, id = ''] = text.split(':');
    return { kind: kind === 'agent' ? 'agent' : 'member', id };
  });

export const textOfAssignee = (assignee: Assignee | null): string =>
  assignee ? `${assignee.kind}:${assignee.id}` : '';

const nothing = z.literal('').transform(() => null);
const mostLabels = 20;
const LabelIds = z
  .union([z.array(z.string()), z.string()])
  .transform((given) => [...new Set([given].flat().filter(Boolean))])
  .pipe(z.array(z.uuid('Choose labels of this workspace.')).max(mostLabels, `Use at most ${mostLabels} labels.`))
  .readonly();

/** Everything but the words, as the form beside a task has it. */
export const Properties = z.object({
  status: z.enum(statuses, 'Choose a status.').default('todo'),
  priority: z.enum(priorities, 'Choose a priority.').default('none'),
  assignee: z.union([nothing, AssigneeText], 'Choose somebody of this workspace.').default(null),
  due: z.union([nothing, Day], 'Choose a day.').default(null),
  labels: LabelIds.default([]),
});
export const Words = z.object({ title: Title, description: Description.default('') });
export const TaskDraft = Words.extend(Properties.shape);
export type TaskDraft = z.infer<typeof TaskDraft>;
/** What is not named stays. */
export type TaskChanges = { readonly [Field in keyof TaskDraft]?: TaskDraft[Field] | undefined };

/** The version that a form showed. */
export const Seen = z.object({ version: z.coerce.number().int().min(0).max(2_147_483_647).catch(0) });

/** One field that changed, in words, as the history of a task tells it. A description only says that it did. */
export const Change = z.object({ field: z.string(), from: z.string(), to: z.string() });
export type Change = z.infer<typeof Change>;
