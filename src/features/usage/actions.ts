import type { TenantDatabase } from '../../database/database.js';
import { shared } from '../../database/shared.js';
import { Invalid } from '../../errors.js';
import type { TenantContext } from '../../tenancy/context.js';
import { recordEvent } from '../../tenancy/events.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { listMemberIds } from '../notifications/queries.js';
import type { LimitsDraft, PersonDraft } from './limits.js';
import { operatorsLimit } from './meter.js';
import { moneyWords } from './money.js';
import { deleteLimit, forgetWarning, saveLimit, saveZone } from './queries.js';
import { everybody, type Limit, noLimit, workspaceHolder } from './usage.js';
import { tokenWords } from './wording.js';

/** AG-3: what the workspace and each person in it may use in a month. Throws Invalid above what the operator allows. */
export async function changeLimits(context: TenantContext, { workspace, each, zone }: LimitsDraft): Promise<void> {
  demandWithin(workspace, operatorsLimit(context.tenant));
  await inTenant(context, 'settings.update', async (db) => {
    await setLimit(db, workspaceHolder, workspace);
    await setLimit(db, everybody, each);
    await saveZone(db, zone);
    await recordEvent(db, context, {
      category: 'settings',
      event: 'settings.limits-changed',
      details: { ...facts(workspace), eachTokens: each.tokens, eachCostMicros: each.costMicros, zone },
    });
  });
}

/** A limit of one member's own, which counts instead of that of everybody. Throws Invalid for who is no member. */
export async function changePersonsLimit(context: TenantContext, { person, limit }: PersonDraft): Promise<void> {
  const [member] = await listMemberIds(shared(), context.tenant.id, [person]);
  if (!member) throw new Invalid('Choose a member.', { person: 'Choose a member of this workspace.' });
  await inTenant(context, 'settings.update', async (db) => {
    await setLimit(db, member, limit);
    await recordEvent(db, context, {
      category: 'settings',
      event: 'settings.member-limit-changed',
      subject: { kind: 'account', id: member },
      details: facts(limit),
    });
  });
}

const facts = ({ tokens, costMicros }: Limit) => ({ tokens, costMicros });

async function setLimit(db: TenantDatabase, holder: string, limit: Limit): Promise<void> {
  if (limit.tokens === null && limit.costMicros === null) await deleteLimit(db, holder);
  else await saveLimit(db, holder, limit);
  await forgetWarning(db, holder);
}

/** More than the operator allows would be a promise that is not kept. */
function demandWithin(limit: Limit, most: Limit = noLimit): void {
  const above = (own: number | null, operators: number | null) => own !== null && operators !== null && own > operators;
  const errors: Record<string, string> = {};
  if (above(limit.tokens, most.tokens))
    errors.volume = `This workspace may use ${tokenWords(most.tokens ?? 0)} at most.`;
  if (above(limit.costMicros, most.costMicros))
    errors.cost = `This workspace may use ${moneyWords(most.costMicros ?? 0)} at most.`;
  if (Object.keys(errors).length > 0) throw new Invalid('It may not use that much.', errors);
}
