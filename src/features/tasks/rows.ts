import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { priorities, statuses, type TaskSummary } from './task.js';
import { states } from './work/work.js';

export const SummaryRow = z.object({
  id: z.uuid(),
  number: z.number(),
  title: z.instanceof(Buffer),
  status: z.enum(statuses),
  priority: z.number(),
  position: z.string(),
  assigneeKind: z.enum(['member', 'agent']).nullable(),
  assigneeId: z.uuid().nullable(),
  due: z.string().nullable(),
  accountId: z.uuid().nullable(),
  accountName: z.string(),
  agentId: z.uuid().nullable(),
  agentName: z.string().nullable(),
  version: z.number(),
  createdAt: z.date(),
  updatedAt: z.date(),
  finishedAt: z.date().nullable(),
  archivedAt: z.date().nullable(),
  labels: z.array(z.uuid()),
  comments: z.number(),
  work: z.enum(states).nullable(),
});

export function openedSummary(db: TenantDatabase, row: z.infer<typeof SummaryRow>): TaskSummary {
  const { assigneeKind: kind, assigneeId: id, ...rest } = row;
  return {
    ...rest,
    title: db.openText('tasks.title', row.id, row.title),
    priority: priorities[row.priority] ?? 'none',
    assignee: kind && id ? { kind, id } : null,
  };
}
