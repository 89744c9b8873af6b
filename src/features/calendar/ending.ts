import type { TenantDatabase } from '../../database/database.js';
import { Conflict, NotFound } from '../../errors.js';
import { accountOf, type TenantContext } from '../../tenancy/context.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { type Editing, hold, shortened, withException } from './changing.js';
import type { CalendarEvent } from './event.js';
import { findVersion } from './history/queries.js';
import { readSnapshot } from './history/snapshot.js';
import { deleteEventRow, getEvent } from './queries.js';
import { saveChange } from './saving.js';
import { tellAll, tellCalendars } from './telling.js';
import { dateWords } from './time/words.js';

export function cancelEvent(context: TenantContext, editing: Editing): Promise<CalendarEvent> {
  return inTenant(context, 'calendar.update', (db) => cancelEventIn(db, context, editing));
}

/** Called off: one occurrence, all from it on, or everything. It can be brought back. */
export async function cancelEventIn(
  db: TenantDatabase,
  context: TenantContext,
  editing: Editing,
): Promise<CalendarEvent> {
  const { event, occurrence, scope } = await hold(db, context, editing);
  if (event.cancelledAt || occurrence.cancelled) throw new Conflict('It is called off already.');
  const { on } = occurrence;
  const after = {
    one: () => ({ ...event, exceptions: withException(event, { on, changed: null }) }),
    following: () => shortened(event, on),
    all: () => ({ ...event, cancelledAt: new Date() }),
  }[scope]();
  const saved = await saveChange(db, context, { before: event, after, change: 'cancelled', details: { scope } });
  const day = dateWords(occurrence.when.from.day);
  const words = { one: `Called off on ${day}`, following: `Called off from ${day} on`, all: 'Called off' }[scope];
  await tellAll(db, context, saved, words);
  return saved;
}

export function restoreEvent(context: TenantContext, editing: Editing): Promise<CalendarEvent> {
  return inTenant(context, 'calendar.update', (db) => restoreEventIn(db, context, editing));
}

/** Takes place after all; an occurrence is again as the series has it. */
async function restoreEventIn(db: TenantDatabase, context: TenantContext, editing: Editing): Promise<CalendarEvent> {
  const { event, occurrence, scope } = await hold(db, context, editing);
  const { on } = occurrence;
  const exceptions = event.exceptions.filter((each) => each.on !== on);
  if (scope === 'one' && exceptions.length === event.exceptions.length) {
    throw new Conflict('This occurrence is as the series has it.');
  }
  if (scope !== 'one' && !event.cancelledAt) throw new Conflict('It was not called off.');
  const after = scope === 'one' ? { ...event, exceptions } : { ...event, cancelledAt: null };
  const saved = await saveChange(db, context, { before: event, after, change: 'restored', details: { scope } });
  await tellAll(db, context, saved, 'Takes place after all');
  return saved;
}

/** Takes the last change back: what the event was before it becomes the newest version. */
export function undoChange(context: TenantContext, id: string, seen: number): Promise<CalendarEvent> {
  return inTenant(context, 'calendar.update', async (db) => {
    const { event } = await hold(db, context, { id, scope: 'all', seen });
    const text = await findVersion(db, id, event.version - 1);
    if (text === undefined) throw new NotFound('There is nothing to undo.');
    const { event: before, continuedBy } = readSnapshot(id, text);
    if (continuedBy) await takeBackRest(db, context, continuedBy);
    const visibility = event.ownerId === accountOf(context.actor) ? before.visibility : event.visibility;
    const after = { ...before, visibility };
    const details = { removed: continuedBy ?? null };
    const saved = await saveChange(db, context, { before: event, after, change: 'undone', details });
    if (event.cancelledAt === null && saved.cancelledAt !== null) await tellAll(db, context, saved, 'Called off');
    return saved;
  });
}

/** The rest of a series goes back to it, unless somebody has changed it since. */
async function takeBackRest(db: TenantDatabase, context: TenantContext, id: string): Promise<void> {
  const rest = await getEvent(db, accountOf(context.actor), id).catch((error: unknown) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
  if (!rest) return;
  if (rest.version > 1) {
    throw new Conflict(
      'The later part of the series was changed since. Delete that part first, or change this one by hand.',
    );
  }
  await deleteEventRow(db, id);
  await tellCalendars(db, rest);
}
