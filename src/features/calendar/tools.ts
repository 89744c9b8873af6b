import { z } from 'zod';
import { Invalid } from '../../errors.js';
import { defineTargetKind } from '../../llm/target.js';
import { defineTool } from '../../llm/tool.js';
import { viewerIn } from './access.js';
import { createEventIn, deleteEventIn } from './actions.js';
import { hold, updateEventIn } from './changing.js';
import { cancelEventIn } from './ending.js';
import { eventRows, holdEvent, visibleTo } from './queries.js';
import { readOccurrence } from './showing/event-locals.js';
import { parseDay } from './time/day.js';
import {
  ChangedEvent,
  editingOf,
  MeantEvent,
  NewEvent,
  OneOccurrence,
  settingsForChange,
  settingsForNew,
  WholeEvent,
} from './tooling/input.js';
import { listForAgent, mostDaysListed, shownEvent, targetOf } from './tooling/result.js';

const Dated = z.string().refine((text) => parseDay(text) !== undefined, 'Write a date such as 2026-11-23.');

defineTargetKind({
  kind: 'calendar-event',
  permission: 'calendar.read',
  rows: eventRows,
  seenBy: (context) => visibleTo(viewerIn(context)),
  hold: holdEvent,
});

defineTool({
  name: 'list_events',
  label: 'List events',
  description:
    'List what is in the calendar from one day to another, both included, at most 92 days: titles, times, ids and versions. Use it before making or changing events.',
  permission: 'calendar.read',
  effect: 'reads',
  input: z.object({
    from: Dated.describe('The first day, such as 2026-11-23'),
    to: Dated.describe('The last day'),
    query: z.string().trim().max(100).default('').describe('Only events with these words'),
  }),
  reads: ({ from, to }) => `Calendar from ${from} to ${to}`,
  async run(context, { from, to, query }) {
    const [first = 0, last = 0] = [parseDay(from), parseDay(to)];
    if (last < first || last - first >= mostDaysListed) {
      throw new Invalid(`Ask for at most ${mostDaysListed} days, the first before the last.`);
    }
    return { result: await listForAgent(context, { first, last, query }) };
  },
});

defineTool({
  name: 'read_event',
  label: 'Read an event',
  description: 'Read all of one event: description, who is invited and what they answered, when it takes place next.',
  permission: 'calendar.read',
  effect: 'reads',
  input: OneOccurrence,
  target: (db, context, { event }) => targetOf(db, viewerIn(context), event),
  reads: ({ event }) => `Event ${event}`,
  async run(context, { event: id, on }) {
    const { event, occurrence } = await readOccurrence(context, id, on === undefined ? undefined : parseDay(on));
    return { result: await shownEvent(context, event, occurrence) };
  },
});

defineTool({
  name: 'create_event',
  label: 'Make an event',
  description:
    'Put an event into the calendar for the person who asks. Times are local to timeZone. Who is invited is told.',
  permission: 'calendar.create',
  effect: 'inside',
  input: NewEvent,
  // Nobody but who asked knows of it yet: it is as private as the conversation that it was asked for in.
  target: async (_db, _context, { visibility, title }, { conversationId: id }) =>
    visibility === 'private' && id ? { kind: 'conversation', id, title } : null,
  says: ({ title, starts, timeZone, recurrence, attendees = [], visibility = 'team' }) =>
    `Make the ${visibility === 'private' ? 'private ' : ''}event “${title}” on ${starts}${timeZone ? ` (${timeZone})` : ''}${recurrence ? `, repeating (${recurrence})` : ''}${attendees.length > 0 ? `, and invite ${attendees.join(', ')}` : ''}`,
  async act(db, context, input) {
    const event = await createEventIn(db, context, await settingsForNew({ db, context }, input));
    return { result: { id: event.id, version: event.version, title: event.title } };
  },
});

defineTool({
  name: 'update_event',
  label: 'Change an event',
  description:
    'Change an event: only what is given. Of a series, one occurrence (with its day `on`), it and all that follow, or all. It can be undone on its page.',
  permission: 'calendar.update',
  effect: 'inside',
  input: ChangedEvent,
  target: (db, context, { event }) => targetOf(db, viewerIn(context), event),
  says: ({ scope, on, event: _, version: __, ...changed }, target) =>
    `Change the event “${target?.title ?? ''}”${on ? ` (${wordsFor[scope]} ${on})` : ''}: ${Object.keys(changed).join(', ')}`,
  async act(db, context, { event: id, scope, version, on, ...given }) {
    const editing = editingOf({ event: id, scope, version, on });
    const settings = await settingsForChange({ db, context }, given, await hold(db, context, editing));
    const event = await updateEventIn(db, context, { ...editing, settings });
    return { result: { id: event.id, version: event.version, title: event.title } };
  },
});

const wordsFor = { one: 'only', following: 'from', all: 'all, seen from' } as const;

defineTool({
  name: 'cancel_event',
  label: 'Call an event off',
  description:
    'Call an event off: one occurrence of a series, it and all that follow, or all. It stays in the calendar, struck through, and can be brought back. Who was invited is told.',
  permission: 'calendar.update',
  effect: 'inside',
  input: MeantEvent,
  target: (db, context, { event }) => targetOf(db, viewerIn(context), event),
  says: ({ scope, on }, target) =>
    `Call off the event “${target?.title ?? ''}”${on ? ` (${wordsFor[scope]} ${on})` : ''}`,
  async act(db, context, input) {
    const event = await cancelEventIn(db, context, editingOf(input));
    return { result: { id: event.id, version: event.version, title: event.title } };
  },
});

defineTool({
  name: 'delete_event',
  label: 'Delete an event',
  description:
    'Delete an event, with its whole series, for good and for everybody. To say that it does not take place, use cancel_event.',
  permission: 'calendar.delete',
  effect: 'irreversible',
  input: WholeEvent,
  target: (db, context, { event }) => targetOf(db, viewerIn(context), event),
  says: (_input, target) => `Delete the event “${target?.title ?? ''}” for good, for everybody in this workspace`,
  async act(db, context, { event: id, version: seen }) {
    const { title } = await deleteEventIn(db, context, { id, seen });
    return { result: { deleted: title } };
  },
});
