import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { sql } from '../../database/sql.js';
import { hoursKept, statuses, type WorkspaceExport } from './export.js';

const Row = z.object({
  id: z.uuid(),
  accountId: z.uuid(),
  accountName: z.string(),
  status: z.enum(statuses),
  step: z.string().nullable(),
  byteSize: z.number().nullable(),
  digest: z.instanceof(Buffer).nullable(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
  expiresAt: z.date(),
});

const columns = sql`
  id, account_id, account_name, status, step, byte_size, digest, created_at, finished_at, expires_at
`;

type New = Pick<WorkspaceExport, 'id' | 'accountId' | 'accountName'>;

/** Answers until when it is kept. */
export async function insertExport(db: TenantDatabase, { id, accountId, accountName }: New): Promise<Date> {
  const row = await db.one(
    z.object({ expiresAt: z.date() }),
    sql`
      insert into workspace_exports (id, account_id, account_name, expires_at)
      values (${id}, ${accountId}, ${accountName}, now() + make_interval(hours => ${hoursKept}))
      returning expires_at
    `,
  );
  return row?.expiresAt ?? new Date();
}

/** Those that can still be fetched, newest first. */
export function listExports(db: TenantDatabase): Promise<WorkspaceExport[]> {
  return db.many(
    Row,
    sql`select ${columns} from workspace_exports where expires_at > now() order by created_at desc, id desc limit 50`,
  );
}

export function findExport(db: TenantDatabase, id: string): Promise<WorkspaceExport | undefined> {
  return db.one(Row, sql`select ${columns} from workspace_exports where id = ${id} and expires_at > now()`);
}

/** Begins, or begins again after a crash: what was written of it goes. Zero when there is nothing to do. */
export async function beginExport(db: TenantDatabase, id: string): Promise<number> {
  await db.run(sql`delete from workspace_export_parts where export_id = ${id}`);
  return db.run(sql`
    update workspace_exports
    set status = 'running', step = null
    where id = ${id} and status in ('waiting', 'running') and expires_at > now()
  `);
}

export async function markStep(db: TenantDatabase, id: string, step: string): Promise<void> {
  await db.run(sql`update workspace_exports set step = ${step} where id = ${id} and status = 'running'`);
}

export async function insertPart(db: TenantDatabase, id: string, ordinal: number, body: Buffer): Promise<void> {
  await db.run(sql`
    insert into workspace_export_parts (export_id, ordinal, body)
    values (${id}, ${ordinal}, ${db.seal('workspace_export_parts.body', `${id}|${ordinal}`, body)})
  `);
}

export async function finishExport(
  db: TenantDatabase,
  id: string,
  { byteSize, digest }: { byteSize: number; digest: Buffer },
): Promise<number> {
  return db.run(sql`
    update workspace_exports
    set status = 'done', step = null, byte_size = ${byteSize}, digest = ${digest}, finished_at = now()
    where id = ${id} and status = 'running'
  `);
}

export async function failExport(db: TenantDatabase, id: string): Promise<void> {
  await db.run(sql`delete from workspace_export_parts where export_id = ${id}`);
  await db.run(sql`update workspace_exports set status = 'failed', step = null, finished_at = now() where id = ${id}`);
}

/** With its parts. Zero when it is gone already. */
export function deleteExport(db: TenantDatabase, id: string): Promise<number> {
  return db.run(sql`delete from workspace_exports where id = ${id}`);
}

const PartRow = z.object({ body: z.instanceof(Buffer) });

export async function findPart(db: TenantDatabase, id: string, ordinal: number): Promise<Buffer | undefined> {
  const row = await db.one(
    PartRow,
    sql`select body from workspace_export_parts where export_id = ${id} and ordinal = ${ordinal}`,
  );
  return row && db.openBytes('workspace_export_parts.body', `${id}|${ordinal}`, row.body);
}
