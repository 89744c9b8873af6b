import { newId } from '../../database/id.js';
import { Conflict, NotFound } from '../../errors.js';
import { enqueueJob } from '../../jobs/job.js';
import { accountOf, may, type TenantContext } from '../../tenancy/context.js';
import { type AuditEvent, recordEvent } from '../../tenancy/events.js';
import { inTenant, readTenant } from '../../tenancy/in-tenant.js';
import { memberNow } from '../decisions/approvers.js';
import { notify } from '../notifications/notify.js';
import { newArchive } from './archive.js';
import { steps } from './content.js';
import type { WorkspaceExport } from './export.js';
import {
  beginExport,
  deleteExport,
  failExport,
  findExport,
  findPart,
  finishExport,
  insertExport,
  insertPart,
  listExports,
  markStep,
} from './queries.js';

/**
 * What owners alone hold, and what is left to them when a trial has ended: taking one's data away must stay possible
 * (MB-8).
 */
export const permission = 'workspace.delete';

/** GV-2. A job writes the file, with the rights that its maker has then. Answers its id. */
export function askExport(context: TenantContext): Promise<string> {
  return inTenant(context, permission, async (db) => {
    const accountId = accountOf(context.actor) ?? '';
    const open = (await listExports(db)).filter(({ status }) => status === 'waiting' || status === 'running');
    if (open.length > 0) throw new Conflict('An export is being written already. Wait for it.');
    const id = newId();
    const expiresAt = await insertExport(db, { id, accountId, accountName: context.actor.name });
    await enqueueJob(db, 'exports.write', { exportId: id }, { key: `export ${id}` });
    await enqueueJob(db, 'exports.expire', { exportId: id }, { key: `expire export ${id}`, at: expiresAt });
    await recordEvent(db, context, about(id, 'workspace.export-asked'));
    return id;
  });
}

/** It holds its maker's own conversations, so nobody else fetches it. Throws NotFound. */
export async function openExport(context: TenantContext, id: string): Promise<WorkspaceExport> {
  return inTenant(context, permission, async (db) => {
    const found = await findExport(db, id);
    if (found?.status !== 'done' || found.accountId !== accountOf(context.actor)) throw nothing();
    await recordEvent(db, context, about(id, 'workspace.exported', { bytes: found.byteSize }));
    return found;
  });
}

export async function* partsOf(context: TenantContext, id: string): AsyncGenerator<Buffer> {
  for (let ordinal = 0; ; ordinal += 1) {
    const part = await readTenant(context, permission, (db) => findPart(db, id, ordinal));
    if (!part) return;
    yield part;
  }
}

export function removeExport(context: TenantContext, id: string): Promise<void> {
  return inTenant(context, permission, async (db) => {
    if ((await deleteExport(db, id)) === 0) throw nothing();
    await recordEvent(db, context, about(id, 'workspace.export-deleted'));
  });
}

/** May be repeated after a crash: it begins anew. */
export async function writeExport(system: TenantContext, id: string): Promise<void> {
  const found = await inTenant(system, permission, async (db) =>
    (await beginExport(db, id)) > 0 ? findExport(db, id) : undefined,
  );
  if (!found) return;
  const member = await memberNow(system.tenant, { accountId: found.accountId, name: found.accountName });
  if (!member || !may(member, permission)) return giveUpExport(system, id, 'no longer an owner');
  const context: TenantContext = { ...system, actor: member };
  const archive = newArchive((ordinal, part) =>
    inTenant(system, permission, (db) => insertPart(db, id, ordinal, part)),
  );
  for (const [name, write] of steps) {
    await inTenant(system, permission, (db) => markStep(db, id, name));
    await write(context, archive);
  }
  const { name, slug } = system.tenant;
  const facts = { format: 'bailiwick-workspace-1', workspace: name, slug, by: found.accountName, at: new Date() };
  await archive.add('manifest.json', [JSON.stringify({ ...facts, files: archive.entries() }, null, 2)]);
  const whole = await archive.end();
  await inTenant(system, permission, async (db) => {
    if ((await finishExport(db, id, whole)) === 0) return;
    await recordEvent(db, system, {
      ...about(id, 'workspace.export-written', { bytes: whole.byteSize, files: archive.entries().length }),
      digest: whole.digest,
    });
    await tell(system, db, found, 'The export of the workspace is ready');
  });
}

export function giveUpExport(system: TenantContext, id: string, reason: string): Promise<void> {
  return inTenant(system, permission, async (db) => {
    const found = await findExport(db, id);
    if (!found || found.status === 'done') return;
    await failExport(db, id);
    await recordEvent(db, system, { ...about(id, 'workspace.export-written', { reason }), outcome: 'failed' });
    await tell(system, db, found, 'The export of the workspace failed');
  });
}

/** Its time is over. */
export function expireExport(system: TenantContext, id: string): Promise<void> {
  return inTenant(system, permission, async (db) => {
    if ((await deleteExport(db, id)) > 0) await recordEvent(db, system, about(id, 'workspace.export-expired'));
  });
}

type Database = Parameters<typeof notify>[0];

function tell(system: TenantContext, db: Database, { id, accountId }: WorkspaceExport, title: string): Promise<void> {
  const subject = { kind: 'export', id };
  return notify(db, system, { to: [accountId], kind: 'finished', subject, title, path: '/settings/export' });
}

function about(id: string, event: string, details: AuditEvent['details'] = {}): AuditEvent {
  return { category: 'workspace', event, subject: { kind: 'export', id }, details };
}

const nothing = () => new NotFound('There is nothing at this address.');
