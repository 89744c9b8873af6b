import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { empty, type Sql, sql } from '../../database/sql.js';
import { NotFound } from '../../errors.js';
import type { Effect, Target } from '../../llm/tool.js';
import type { TenantContext } from '../../tenancy/context.js';
import type { Owned } from '../conversations/conversation.js';
import { Background, type Decision, DecisionRow, type Step, stepKinds, TargetShape, type Version } from './decision.js';
import { openToAll, subjectSeenBy } from './subject/queries.js';

/** Who looks: approvers see every decision about what they may see, others what was asked for them. */
export interface Viewer {
  readonly context: TenantContext;
  readonly accountId: string;
  readonly mayDecide: boolean;
  /** Whatever was asked for them. */
  readonly mayDecideOwn: boolean;
  /** These of their own: nobody else may decide over them. */
  readonly alone: readonly string[];
}

/** On decisions d. */
export function visibleTo({ context, accountId, mayDecide }: Viewer): Sql {
  const own = sql`d.account_id = ${accountId}`;
  return mayDecide ? sql`(${own} or ${subjectSeenBy(context)})` : own;
}

/** Whether this viewer may approve what was asked for them. */
export const ownIsTheirs = ({ mayDecideOwn, alone }: Viewer, { id }: { id: string }): boolean =>
  mayDecideOwn || alone.includes(id);

export const summaryColumns = sql`
  d.id, d.tool, d.effect, d.status, d.agent_id, d.agent_name, d.account_id, d.account_name, d.assigned_to,
  d.created_at, d.expires_at, d.decided_at, d.finished_at, d.version, d.status = 'waiting' and d.expires_at <= now() as overdue
`;

const FullRow = DecisionRow.extend({
  toolCallId: z.uuid(),
  messageId: z.uuid(),
  conversationId: z.uuid().nullable(),
  trigger: z.string(),
  requestId: z.string(),
  background: z.instanceof(Buffer),
  attempt: z.uuid().nullable(),
  subjectKind: z.string().nullable(),
  subjectId: z.uuid().nullable(),
  result: z.instanceof(Buffer).nullable(),
});

export interface NewDecision {
  readonly id: string;
  readonly toolCallId: string;
  readonly messageId: string;
  readonly conversationId: string;
  readonly agent: { readonly id: string; readonly name: string };
  readonly account: { readonly id: string; readonly name: string };
  readonly trigger: string;
  readonly requestId: string;
  readonly tool: string;
  readonly effect: Effect;
  readonly background: Background;
  readonly expiresAt: Date;
  readonly version: NewVersion;
}

export interface NewVersion {
  readonly arguments: string;
  readonly target: Target | null;
  readonly summary: string;
  readonly digest: Buffer;
}

export async function insertDecision(db: TenantDatabase, context: TenantContext, given: NewDecision): Promise<void> {
  const { id, agent, account } = given;
  const subject = given.version.target;
  const background = db.seal('decisions.background', id, JSON.stringify(given.background));
  await db.run(sql`
    insert into decisions (
      id, tool_call_id, message_id, conversation_id, agent_id, agent_name, account_id, account_name, trigger, request_id,
      tool, effect, background, expires_at, subject_kind, subject_id, subject_open
    )
    values (
      ${id}, ${given.toolCallId}, ${given.messageId}, ${given.conversationId}, ${agent.id}, ${agent.name}, ${account.id},
      ${account.name}, ${given.trigger}, ${given.requestId}, ${given.tool}, ${given.effect},
      ${background}, ${given.expiresAt}, ${subject?.kind ?? null}, ${subject?.id ?? null},
      ${subject ? openToAll(context, subject) : true}
    )
  `);
  await insertVersion(db, id, { ...given.version, version: 1, editedBy: null });
}

export async function insertVersion(
  db: TenantDatabase,
  id: string,
  given: NewVersion & { version: number; editedBy: string | null },
): Promise<void> {
  const row = `${id}|${given.version}`;
  await db.run(sql`
    insert into decision_versions (decision_id, version, arguments, target, summary, digest, edited_by)
    values (
      ${id}, ${given.version}, ${db.seal('decision_versions.arguments', row, given.arguments)},
      ${db.seal('decision_versions.target', row, JSON.stringify(given.target))},
      ${db.seal('decision_versions.summary', row, given.summary)}, ${given.digest}, ${given.editedBy}
    )
  `);
}

/** Throws NotFound for a decision that this viewer may not see. */
export async function getDecision(db: TenantDatabase, viewer: Viewer, id: string): Promise<Decision> {
  return full(db, sql`d.id = ${id} and ${visibleTo(viewer)}`, empty);
}

/** For the installation's own jobs, which look for everybody. */
export async function readDecision(db: TenantDatabase, id: string): Promise<Decision> {
  return full(db, sql`d.id = ${id}`, empty);
}

/** Who asked for what, without anything that is sealed. */
export function findAsked(db: TenantDatabase, id: string) {
  return db.one(
    z.object({ accountId: z.uuid(), tool: z.string(), trigger: z.string(), messageId: z.uuid() }),
    sql`select account_id, tool, trigger, message_id from decisions where id = ${id}`,
  );
}

/** The same, held until the transaction ends: whoever else decides waits. */
export async function lockDecision(db: TenantDatabase, id: string, viewer?: Viewer): Promise<Decision> {
  return full(db, viewer ? sql`d.id = ${id} and ${visibleTo(viewer)}` : sql`d.id = ${id}`, sql`for update`);
}

async function full(db: TenantDatabase, where: Sql, locking: Sql): Promise<Decision> {
  const row = await db.one(
    FullRow,
    sql`
      select ${summaryColumns}, d.tool_call_id, d.message_id, d.conversation_id, d.trigger, d.request_id,
        d.background, d.attempt, d.result, d.subject_kind, d.subject_id
      from decisions d
      where ${where}
      ${locking}
    `,
  );
  if (!row) throw new NotFound('There is nothing at this address.');
  const versions = await listVersions(db, row.id);
  const steps = await listSteps(db, row.id);
  const { overdue, subjectKind: kind, subjectId, ...rest } = row;
  return {
    ...rest,
    subject: kind && subjectId ? { kind, id: subjectId } : null,
    status: overdue ? 'expired' : row.status,
    summary: versions.find(({ version }) => version === row.version)?.summary ?? row.tool,
    background: Background.parse(JSON.parse(db.openText('decisions.background', row.id, row.background))),
    result: row.result && db.openText('decisions.result', row.id, row.result),
    versions,
    steps,
  };
}

const VersionRow = z.object({
  version: z.number(),
  arguments: z.instanceof(Buffer),
  target: z.instanceof(Buffer),
  summary: z.instanceof(Buffer),
  digest: z.instanceof(Buffer),
  editedBy: z.uuid().nullable(),
  createdAt: z.date(),
});

async function listVersions(db: TenantDatabase, id: string): Promise<Version[]> {
  const rows = await db.many(
    VersionRow,
    sql`
      select version, arguments, target, summary, digest, edited_by, created_at
      from decision_versions
      where decision_id = ${id}
      order by version
    `,
  );
  return rows.map((row) => {
    const place = `${id}|${row.version}`;
    return {
      ...row,
      arguments: db.openText('decision_versions.arguments', place, row.arguments),
      target: TargetShape.nullable().parse(JSON.parse(db.openText('decision_versions.target', place, row.target))),
      summary: db.openText('decision_versions.summary', place, row.summary),
    };
  });
}

const StepRow = z.object({
  id: z.uuid(),
  step: z.enum(stepKinds),
  accountId: z.uuid(),
  accountName: z.string(),
  version: z.number(),
  digest: z.instanceof(Buffer),
  reason: z.instanceof(Buffer).nullable(),
  delegatedTo: z.uuid().nullable(),
  createdAt: z.date(),
});

async function listSteps(db: TenantDatabase, id: string): Promise<Step[]> {
  const rows = await db.many(
    StepRow,
    sql`
      select id, step, account_id, account_name, version, digest, reason, delegated_to, created_at
      from decision_steps
      where decision_id = ${id}
      order by created_at, id
    `,
  );
  return rows.map((row) => ({
    ...row,
    reason: row.reason && db.openText('decision_steps.reason', row.id, row.reason),
  }));
}

export async function insertStep(
  db: TenantDatabase,
  decisionId: string,
  given: Omit<Step, 'createdAt' | 'reason' | 'delegatedTo'> & { reason?: string; delegatedTo?: string },
): Promise<void> {
  const id = newId();
  const reason = given.reason ? db.seal('decision_steps.reason', id, given.reason) : null;
  await db.run(sql`
    insert into decision_steps (id, decision_id, step, account_id, account_name, version, digest, reason, delegated_to)
    values (${id}, ${decisionId}, ${given.step}, ${given.accountId}, ${given.accountName}, ${given.version},
      ${given.digest}, ${reason}, ${given.delegatedTo ?? null})
  `);
}

/** With their conversation goes the place where what came of them would be told. */
export async function withdrawDecisions(db: TenantDatabase, conversation: Owned): Promise<void> {
  await db.run(sql`
    update decisions
    set status = 'withdrawn', decided_at = now(), finished_at = now()
    where conversation_id = ${conversation.id}
      and account_id = ${conversation.accountId}
      and status = 'waiting'
  `);
}
