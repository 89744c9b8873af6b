import { shared } from '../../database/shared.js';
import { Conflict, Forbidden, Invalid } from '../../errors.js';
import { accountOf, isForAll, type TenantContext } from '../../tenancy/context.js';
import { listStandings } from '../members/queries.js';
import { type CalendarEvent, mostAttendees, type Settings, type Viewer } from './event.js';

/** Whoever looks. Work on a task sees the team's calendar only: what comes of it everybody reads. */
export function viewerIn(context: TenantContext): Viewer {
  return isForAll(context) ? undefined : accountOf(context.actor);
}

/** A team's events are changed by everybody who may change the calendar; a private one by its owner alone. */
export function mayChange(event: CalendarEvent, account: string | undefined): boolean {
  return event.visibility === 'team' || event.ownerId === account;
}

export function demandMayChange(context: TenantContext, event: CalendarEvent): void {
  if (mayChange(event, accountOf(context.actor))) return;
  throw new Forbidden('Only its owner can change a private event. You can answer the invitation.');
}

/** `seen` is the version that was shown; without one nobody was shown any. */
export function checkSeen(event: CalendarEvent, seen: number | undefined): void {
  if (seen === undefined || seen === event.version) return;
  throw new Conflict(
    'Somebody changed this event since you opened it. What you entered is kept below: compare it with the event, then save again.',
  );
}

/** Only its owner takes an event away from the others' eyes. */
export function checkVisibility(context: TenantContext, event: CalendarEvent, { visibility }: Settings): void {
  if (visibility === event.visibility || event.ownerId === accountOf(context.actor)) return;
  const message = 'Only its owner can change who sees the event.';
  throw new Invalid(message, { visibility: message });
}

/** Members who may read the calendar; whoever was invited before may have left since. */
export async function checkAttendees(
  context: TenantContext,
  { attendees }: Settings,
  before: readonly string[] = [],
): Promise<void> {
  const added = attendees.filter((id) => !before.includes(id));
  const refuse = (message: string) => new Invalid(message, { attendees: message });
  if (attendees.length > mostAttendees) throw refuse(`Invite at most ${mostAttendees} people.`);
  if (added.length === 0) return;
  const standings = await listStandings(shared(), context.tenant.id, added);
  if (added.every((id) => standings.get(id)?.permissions.has('calendar.read'))) return;
  throw refuse('Choose members of this workspace who may see the calendar.');
}
