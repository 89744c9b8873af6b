import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { Invalid, NotFound } from '../../../errors.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { tellChange } from '../../notifications/changes/queries.js';
import { type LabelDraft, mostLabels } from './label.js';
import { deleteLabel, findLabelNamed, getLabel, insertLabel, listLabels, updateLabel } from './queries.js';

const taken = 'There is a label of this name already.';

export const createLabel = (context: TenantContext, draft: LabelDraft): Promise<string> =>
  inTenant(context, 'tasks.update', (db) => createLabelIn(db, context, draft));

async function createLabelIn(db: TenantDatabase, context: TenantContext, draft: LabelDraft): Promise<string> {
  if ((await listLabels(db)).length >= mostLabels) {
    throw new Invalid(`A workspace has at most ${mostLabels} labels. Delete one first.`);
  }
  const id = newId();
  if ((await insertLabel(db, id, draft)) === 0) throw new Invalid(taken, { name: taken });
  await record(db, context, { event: 'label.created', id });
  return id;
}

export const changeLabel = (context: TenantContext, id: string, draft: LabelDraft): Promise<void> =>
  inTenant(context, 'tasks.update', async (db) => {
    await getLabel(db, id);
    if ((await updateLabel(db, id, draft)) === 0) throw new Invalid(taken, { name: taken });
    await record(db, context, { event: 'label.updated', id });
  });

/** Tasks lose it, and stay. */
export const removeLabel = (context: TenantContext, id: string): Promise<void> =>
  inTenant(context, 'tasks.delete', async (db) => {
    if ((await deleteLabel(db, id)) === 0) throw new NotFound('There is no such label.');
    await record(db, context, { event: 'label.deleted', id });
  });

/** For agents, which know names: those that are not there yet are made, in grey. Answers ids. */
export async function labelsNamed(
  db: TenantDatabase,
  context: TenantContext,
  names: readonly string[],
): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const known = await findLabelNamed(db, name);
    ids.push(known?.id ?? (await createLabelIn(db, context, { name, colour: 'grey' })));
  }
  return ids;
}

async function record(db: TenantDatabase, context: TenantContext, { event, id }: { event: string; id: string }) {
  await recordEvent(db, context, { category: 'task', event, subject: { kind: 'label', id } });
  // Whoever shows tasks shows their labels.
  await tellChange(db, { kind: 'task', id });
}
