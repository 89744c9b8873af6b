import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { defineTargetKind } from '../../llm/target.js';
import { defineTool, type Target } from '../../llm/tool.js';
import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { createTaskIn, removeTaskIn, updateTaskIn } from './actions.js';
import { todayFor } from './due.js';
import { commentTaskIn } from './entries/actions.js';
import { listEntries } from './entries/queries.js';
import { labelsNamed } from './labels/actions.js';
import { folded, LabelDraft } from './labels/label.js';
import { listLabels } from './labels/queries.js';
import { filterOf, TaskQuery } from './listing/filter.js';
import { listTasks } from './listing/queries.js';
import { resolveAssignee } from './people/people.js';
import { lockBoard } from './places/queries.js';
import { getTask, lockTask, taskRows } from './queries.js';
import { doerWords, type ShownTask, shownTasks } from './shown.js';
import { CommentText, Day, Description, priorities, statuses, statusWords, type TaskSummary, Title } from './task.js';

const mostListed = 50;
const commentsTold = 30;

const taskId = z.uuid().describe('The id of the task, as list_tasks gives it');
const due = z.union([Day, z.literal('none')]).describe('A day like 2026-11-30, or none');
const assignee = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .describe('Who does it: me (the person you act for), a username, the name of an agent, or none');
const labels = z.array(LabelDraft.shape.name).max(20).describe('Names of labels. New ones are made');

/** What a model is told of a task: enough to go on with it. */
const told = ({ id, number, title, status, priority, assigneeName, due: day, labels: all, version }: ShownTask) => ({
  ...{ id, number, title, status, priority, assignee: assigneeName, due: day?.day ?? null },
  ...{ labels: all.map(({ name }) => name), version },
});

async function toldOf(db: TenantDatabase, context: TenantContext, tasks: readonly TaskSummary[]) {
  const all = await listLabels(db);
  const today = await todayFor(db, context);
  return (await shownTasks(db, context, { tasks, labels: all, today })).map(told);
}

async function targetOf(db: TenantDatabase, id: string): Promise<Target> {
  const { number, title, version } = await getTask(db, id);
  return { kind: 'task', id, title: `#${number} ${title}`, version };
}

defineTargetKind({
  kind: 'task',
  permission: 'tasks.read',
  rows: taskRows,
  async hold(db, id) {
    await lockBoard(db);
    await lockTask(db, id);
  },
});

defineTool({
  name: 'list_tasks',
  label: 'List tasks',
  description:
    'List the tasks of the workspace, last changed first, at most 50: with their ids, which other tools ask for. Use it to find a task, or to see what somebody has to do. Without a status, open tasks are listed.',
  permission: 'tasks.read',
  effect: 'reads',
  input: z.object({
    query: z.string().trim().max(200).default('').describe('Words of the title or description, or a number like #12'),
    status: z.enum(['open', 'all', ...statuses]).default('open'),
    assignee: assignee.optional(),
    label: z.string().trim().max(40).optional().describe('The name of a label'),
    due: z
      .enum(['overdue', 'today', 'week', 'none'])
      .optional()
      .describe('Late, due today, in the next 7 days, or never'),
    sort: z.enum(['updated', 'created', 'due', 'priority']).default('updated'),
  }),
  async run(context, { query, status, assignee: who, label, due: when, sort }) {
    return readTenant(context, 'tasks.read', async (db) => {
      const all = await listLabels(db);
      const wanted = label ? all.find(({ name }) => folded(name) === folded(label)) : undefined;
      if (label && !wanted) return { result: { tasks: [], more: false, note: `There is no label “${label}”.` } };
      const asked = TaskQuery.parse({ q: query, status, label: wanted?.id, due: when, sort });
      const filter = filterOf(db, context, { query: asked, today: await todayFor(db, context) });
      const assigneeId = who ? (isNobody(who) ? null : (await resolveAssignee(db, context, who)).id) : undefined;
      const found = await listTasks(db, { ...filter, assigneeId }, { sort, page: { limit: mostListed + 1 } });
      const tasks = await toldOf(db, context, found.slice(0, mostListed));
      return { result: { tasks, more: found.length > mostListed } };
    });
  },
});

defineTool({
  name: 'get_task',
  label: 'Read a task',
  description: 'Read one task whole: its description, its newest comments and what happened to it.',
  permission: 'tasks.read',
  effect: 'reads',
  input: z.object({ task: taskId }),
  target: (db, _context, { task }) => targetOf(db, task),
  run: (context, { task: id }) =>
    readTenant(context, 'tasks.read', async (db) => {
      const task = await getTask(db, id);
      const [[summary], comments] = await Promise.all([
        toldOf(db, context, [task]),
        listEntries(db, id, { limit: commentsTold, only: 'comment' }),
      ]);
      return {
        result: {
          ...summary,
          description: task.description,
          madeBy: doerWords(task),
          archived: task.archivedAt !== null,
          comments: comments.map((entry) => ({ by: doerWords(entry), at: entry.createdAt, text: entry.text })),
        },
      };
    }),
});

const NewTask = z.object({
  title: Title,
  description: Description.default('').describe('Markdown'),
  status: z.enum(statuses).default('todo'),
  priority: z.enum(priorities).default('none'),
  assignee: assignee.default('none'),
  due: due.default('none'),
  labels: labels.default([]),
});

defineTool({
  name: 'create_task',
  label: 'Create a task',
  description: 'Make a task of the workspace, which everybody in it sees. Whoever is to do it is told.',
  permission: 'tasks.create',
  effect: 'inside',
  input: NewTask,
  says: ({ title, assignee: who, due: day }) =>
    `Make the task “${title}”${isNobody(who) ? '' : `, to be done by ${who}`}${day === 'none' ? '' : `, due ${day}`}`,
  async act(db, context, { assignee: who, due: day, labels: names, ...rest }) {
    const id = await createTaskIn(db, context, {
      ...rest,
      assignee: isNobody(who) ? null : await resolveAssignee(db, context, who),
      due: day === 'none' ? null : day,
      labels: await labelsNamed(db, context, names),
    });
    const [made] = await toldOf(db, context, [await getTask(db, id)]);
    return { result: made };
  },
});

const Changes = z.object({
  task: taskId,
  title: Title.optional(),
  description: Description.optional().describe('Markdown. Takes the place of the whole description'),
  status: z.enum(statuses).optional(),
  priority: z.enum(priorities).optional(),
  assignee: assignee.optional(),
  due: due.optional(),
  labels: labels.optional().describe('All labels that it has from now on'),
});

defineTool({
  name: 'update_task',
  label: 'Change a task',
  description: 'Change a task: only what is named changes. Setting the status moves it to that column of the board.',
  permission: 'tasks.update',
  effect: 'inside',
  input: Changes,
  target: (db, _context, { task }) => targetOf(db, task),
  says: ({ task, ...changes }, target) => `Change the task “${target?.title ?? task}”: ${changeWords(changes)}`,
  async act(db, context, { task: id, assignee: who, due: day, labels: names, ...rest }) {
    const changed = await updateTaskIn(db, context, id, {
      changes: {
        ...rest,
        assignee:
          who === undefined || isNobody(who)
            ? who === undefined
              ? undefined
              : null
            : await resolveAssignee(db, context, who),
        due: day === 'none' ? null : day,
        labels: names && (await labelsNamed(db, context, names)),
      },
    });
    const [now] = await toldOf(db, context, [changed]);
    return { result: now };
  },
});

defineTool({
  name: 'comment_task',
  label: 'Comment on a task',
  description: 'Write a comment under a task. Whoever is to do it, whoever made it and everybody named with @ is told.',
  permission: 'tasks.update',
  effect: 'inside',
  input: z.object({ task: taskId, text: CommentText.describe('Markdown') }),
  target: (db, _context, { task }) => targetOf(db, task),
  says: ({ task }, target) => `Comment on the task “${target?.title ?? task}”`,
  async act(db, context, { task, text }) {
    return { result: { task, comment: await commentTaskIn(db, context, task, text) } };
  },
});

defineTool({
  name: 'delete_task',
  label: 'Delete a task',
  description: 'Delete a task for good, with its comments. To close one that is done, set its status instead.',
  permission: 'tasks.delete',
  effect: 'irreversible',
  input: z.object({ task: taskId }),
  target: (db, _context, { task }) => targetOf(db, task),
  says: ({ task }, target) =>
    `Delete the task “${target?.title ?? task}” for good, with its comments, for everybody in this workspace`,
  async act(db, context, { task }) {
    const { number, title } = await removeTaskIn(db, context, task);
    return { result: { deleted: `#${number} ${title}` } };
  },
});

function isNobody(said: string): boolean {
  return said.toLowerCase() === 'none';
}

function changeWords({
  title,
  description,
  status,
  priority,
  assignee: who,
  due: day,
  labels: names,
}: Omit<z.infer<typeof Changes>, 'task'>): string {
  const words = [
    title !== undefined && `title “${title}”`,
    description !== undefined && 'a new description',
    status && `status ${statusWords[status]}`,
    priority && `priority ${priority}`,
    who && `assignee ${who}`,
    day && `due ${day}`,
    names && `labels ${names.join(', ') || 'none'}`,
  ];
  return words.filter(Boolean).join(', ') || 'nothing';
}
