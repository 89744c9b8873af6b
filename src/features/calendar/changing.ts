import type { TenantDatabase } from '../../database/database.js';
import { newId } from '../../database/id.js';
import { Conflict, Invalid, NotFound } from '../../errors.js';
import type { TenantContext } from '../../tenancy/context.js';
import { inTenant } from '../../tenancy/in-tenant.js';
import { checkAttendees, checkSeen, checkVisibility, demandMayChange, viewerIn } from './access.js';
import { placeEvent } from './actions.js';
import { copyAnswers, forgetAnswers } from './attendees/queries.js';
import type { CalendarEvent, Exception, Scope, Settings } from './event.js';
import { isDayOf, type Occurrence, occurrenceOn } from './occurrences.js';
import { lockEvent } from './queries.js';
import { daysFrom, lastDayOf } from './recurrence/days.js';
import type { Rule } from './recurrence/rule.js';
import { saveChange } from './saving.js';
import { endedBefore, fittingExceptions, forWholeSeries, movedRule, settle } from './settle.js';
import { isMoved, tellOfChange } from './telling.js';
import type { Day } from './time/day.js';

export interface Editing {
  readonly id: string;
  /** Of a series: the day of the occurrence that is meant. */
  readonly on?: Day | undefined;
  readonly scope: Scope;
  /** The version that whoever changes it has seen. */
  readonly seen?: number | undefined;
}

export interface Edit extends Editing {
  readonly settings: Settings;
}

/** An event held for a change, and which of its occurrences is meant. */
export interface Held {
  readonly event: CalendarEvent;
  readonly occurrence: Occurrence;
  readonly scope: Scope;
}

export async function hold(db: TenantDatabase, context: TenantContext, editing: Editing): Promise<Held> {
  const event = await lockEvent(db, viewerIn(context), editing.id);
  demandMayChange(context, event);
  checkSeen(event, editing.seen);
  const { from } = event.when;
  if (event.rule && editing.on === undefined && editing.scope !== 'all') {
    throw new Invalid('Say which occurrence is meant, by its day, or that all are.');
  }
  const occurrence = occurrenceOn(event, event.rule ? (editing.on ?? from.day) : from.day);
  if (!occurrence) throw new NotFound('The series has nothing on this day.');
  const scope = !event.rule || (editing.scope === 'following' && occurrence.on === from.day) ? 'all' : editing.scope;
  return { event, occurrence, scope };
}

export function updateEvent(context: TenantContext, edit: Edit): Promise<CalendarEvent> {
  return inTenant(context, 'calendar.update', (db) => updateEventIn(db, context, edit));
}

/** Answers the event that has the occurrence then: another one when the rest of a series was split off. */
export async function updateEventIn(db: TenantDatabase, context: TenantContext, edit: Edit): Promise<CalendarEvent> {
  const held = await hold(db, context, edit);
  const { event, scope } = held;
  if (event.cancelledAt) throw new Conflict('This event was called off. Bring it back first, then change it.');
  if (scope === 'one') return changeOne(db, context, held, edit.settings);
  await checkAttendees(context, edit.settings, event.attendees);
  checkVisibility(context, event, edit.settings);
  return scope === 'following' ? split(db, context, held, edit.settings) : changeAll(db, context, held, edit.settings);
}

type Change = [db: TenantDatabase, context: TenantContext, held: Held, settings: Settings];

async function changeOne(...[db, context, { event, occurrence }, settings]: Change): Promise<CalendarEvent> {
  const { title, description, place } = settings;
  const { when } = settle({ ...settings, rule: null });
  const after = {
    ...event,
    exceptions: withException(event, { on: occurrence.on, changed: { title, description, place, when } }),
  };
  return saveChange(db, context, { before: event, after, change: 'updated', details: { scope: 'one' } });
}

export function withException({ exceptions }: Pick<CalendarEvent, 'exceptions'>, exception: Exception): Exception[] {
  return [...exceptions.filter(({ on }) => on !== exception.on), exception];
}

async function changeAll(...[db, context, { event, occurrence }, settings]: Change): Promise<CalendarEvent> {
  // An occurrence that was moved by itself is shown where it is; the series is where its rule has it.
  const shown = occurrence.own ? occurrence.when.from.day : occurrence.on;
  const settled = settle(event.rule ? forWholeSeries(event, settings, shown) : settings);
  const exceptions = fittingExceptions(event, settled);
  const after = { ...event, ...settled, exceptions };
  const details = { scope: 'all', dropped: event.exceptions.length - exceptions.length };
  const saved = await saveChange(db, context, { before: event, after, change: 'updated', details });
  if (isMoved(event, saved)) await forgetAnswers(db, event.id);
  await tellOfChange(db, context, saved, event);
  return saved;
}

/** This and all that follow become a series of their own; what was before stays as it is. */
async function split(...[db, context, { event, occurrence }, settings]: Change): Promise<CalendarEvent> {
  const { on } = occurrence;
  const id = newId();
  const rest = settle({ ...settings, rule: settings.rule && ruleOfRest(event, settings, occurrence) });
  const exceptions = event.exceptions.filter((each) => each.on >= on && rest.rule && isDayOf(rest, each.on));
  const before = shortened(event, on);
  await saveChange(db, context, {
    before: event,
    after: before,
    change: 'updated',
    details: { scope: 'following' },
    continuedBy: id,
  });
  const placing = { event: { ...rest, id, exceptions, cancelledAt: null }, ownerId: event.ownerId, continues: event };
  const made = await placeEvent(db, context, placing);
  if (!isMoved(event, made)) await copyAnswers(db, event.id, id);
  return made;
}

/** The series as it is when it ends before `on`. */
export function shortened(event: CalendarEvent, on: Day): CalendarEvent {
  const rule = event.rule && endedBefore(event.rule, on);
  const lastOn = rule && lastDayOf(rule, event.when.from.day);
  return { ...event, rule, lastOn, exceptions: event.exceptions.filter((each) => each.on < on) };
}

function ruleOfRest(event: CalendarEvent, { rule, when }: Settings, { on, when: shown }: Occurrence): Rule | null {
  if (!rule || !event.rule) return rule;
  const moved = when.from.day - shown.from.day;
  const following = movedRule(event.rule, rule, { moved, first: when.from.day });
  if (rule.count === undefined || rule.count !== event.rule.count) return following;
  return { ...following, count: Math.max(1, rule.count - countBefore(event, on)) };
}

function countBefore({ rule, when }: CalendarEvent, on: Day): number {
  let count = 0;
  for (const day of rule ? daysFrom(rule, when.from.day) : []) {
    if (day >= on) break;
    count += 1;
  }
  return count;
}
