import { newId } from '../../database/id.js';
import { publish, tellHere } from '../../database/shared.js';
import { Conflict, Invalid } from '../../errors.js';
import { enqueueJob } from '../../jobs/job.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant, inTenantWithShared } from '../../tenancy/in-tenant.js';
import { digestOf } from '../../vault/digest.js';
import { confirmPassword } from '../accounts/actions.js';
import type { DeletionOrder } from './deletion.js';
import {
  insertDeletion,
  listMemberAccounts,
  listOwners,
  markDeleting,
  renameTenant,
  saveInstructions,
} from './queries.js';
import { isNameOf, type WorkspaceSettings } from './workspace.js';

/** Name and instructions for all agents. The instructions themselves stay out of the audit; their digest is in it. */
export async function updateSettings(context: TenantContext, settings: WorkspaceSettings): Promise<void> {
  const { tenant } = context;
  const accounts = await inTenantWithShared(
    context,
    'settings.update',
    async (db) => {
      await renameTenant(db, tenant.id, settings.name);
      const members = await listMemberAccounts(db, tenant.id);
      for (const account of members) await publish(db, 'membership', account);
      return members;
    },
    async (db, members) => {
      await saveInstructions(db, settings.instructions);
      await recordEvent(db, context, {
        category: 'settings',
        event: 'settings.updated',
        digest: digestOf(settings),
        details: { renamed: settings.name !== tenant.name },
      });
      return members;
    },
  );
  for (const account of accounts) tellHere('membership', account);
}

export interface Proof {
  /** The workspace's name, typed. */
  readonly typed: string;
  readonly password: string;
}

const asked = { category: 'workspace', event: 'workspace.deletion-asked' } as const;

/**
 * Closes the workspace at once for everybody and leaves its removal to a job (IS-8). Answers the receipt's id. Throws
 * Invalid at `typed` or `password`, TooManyRequests after too many wrong passwords.
 */
export async function deleteWorkspace(context: TenantContext, proof: Proof): Promise<string> {
  await demandProof(context, proof);
  const { tenant } = context;
  const deletionId = newId();
  const members = await inTenantWithShared(
    context,
    'workspace.delete',
    async (db) => {
      if ((await markDeleting(db, tenant.id)) === 0) throw new Conflict('This workspace is being deleted already.');
      const { id: tenantId, slug, name } = tenant;
      await insertDeletion(db, { id: deletionId, tenantId, slug, name, deletedBy: accountOf(context.actor) ?? '' });
      const order: DeletionOrder = { deletionId, owners: await listOwners(db, tenantId) };
      await enqueueJob(db, 'workspaces.delete', order, { key: `delete ${tenantId}` });
      const accounts = await listMemberAccounts(db, tenantId);
      for (const account of accounts) await publish(db, 'membership', account);
      return accounts;
    },
    async (db, accounts) => {
      await recordEvent(db, context, asked);
      return accounts;
    },
  );
  for (const account of members) tellHere('membership', account);
  return deletionId;
}

async function demandProof(context: TenantContext, { typed, password }: Proof): Promise<void> {
  const { name } = context.tenant;
  const wrongName = !isNameOf(name, typed);
  try {
    if (wrongName) throw new Invalid('The name does not match.', { typed: `Type the name as it is shown: ${name}` });
    await confirmPassword(accountOf(context.actor) ?? '', password);
  } catch (error) {
    const details = { reason: wrongName ? 'name' : 'password' };
    await inTenant(context, 'workspace.delete', (db) =>
      recordEvent(db, context, { ...asked, outcome: 'refused', details }),
    );
    throw error;
  }
}
