import { z } from 'zod';
import { type CalendarEvent, visibilities } from '../event.js';
import type { Written } from '../queries.js';
import { formatRule } from '../recurrence/rule.js';
import { ruleOf, TimesRow, timesOf, whenOf } from '../rows.js';

const Texts = z.object({ title: z.string(), description: z.string(), place: z.string() });

/** What an event was, as text: read back with the same checks as a row. */
const Snapshot = Texts.extend({
  times: TimesRow,
  recurrence: z.string().nullable(),
  lastOn: z.number().nullable(),
  visibility: z.enum(visibilities),
  attendees: z.array(z.uuid()),
  reminderMinutes: z.number().nullable(),
  cancelledAt: z.coerce.date().nullable(),
  exceptions: z.array(z.object({ on: z.number(), changed: Texts.extend({ times: TimesRow }).nullable() })),
  /** The event that went on with the rest of the series, when it was split. */
  continuedBy: z.uuid().optional(),
});

export function snapshotOf(event: CalendarEvent, continuedBy?: string): string {
  const { title, description, place, when, rule, exceptions } = event;
  const { lastOn, visibility, attendees, reminderMinutes, cancelledAt } = event;
  const kept = { lastOn, visibility, attendees, reminderMinutes, cancelledAt };
  return JSON.stringify({
    ...{ title, description, place, ...kept, continuedBy },
    times: timesOf(when),
    recurrence: rule && formatRule(rule),
    exceptions: exceptions.map(({ on, changed }) => {
      if (!changed) return { on, changed };
      const { when: own, ...texts } = changed;
      return { on, changed: { ...texts, times: timesOf(own) } };
    }),
  });
}

export function readSnapshot(id: string, text: string): { event: Written; continuedBy: string | undefined } {
  const { times, recurrence, exceptions, continuedBy, ...rest } = Snapshot.parse(JSON.parse(text));
  const when = whenOf(times);
  const changedOf = (changed: (typeof exceptions)[number]['changed']) => {
    if (!changed) return null;
    const { times: own, ...texts } = changed;
    return { ...texts, when: whenOf(own) };
  };
  return {
    event: {
      ...{ id, ...rest, when, rule: ruleOf(recurrence, when) },
      exceptions: exceptions.map(({ on, changed }) => ({ on, changed: changedOf(changed) })),
    },
    continuedBy,
  };
}
