import type { Rule } from './recurrence/rule.js';
import type { Day } from './time/day.js';
import type { Wall } from './time/zone.js';

export const visibilities = ['team', 'private'] as const;
/** `team`: everybody who may read the calendar. `private`: its owner and who is invited; for others it is not there. */
export type Visibility = (typeof visibilities)[number];

export const answers = ['none', 'going', 'maybe', 'no'] as const;
export type Answer = (typeof answers)[number];

/** What is changed: one occurrence, it and all after it, or the whole series. An event that does not repeat is `all`. */
export const scopes = ['one', 'following', 'all'] as const;
export type Scope = (typeof scopes)[number];

/**
 * When, as the clocks of a place show it. Whole days are the same days for everybody, wherever they are; `to` is the last
 * of them. `zone` is kept for those, too: it is where reminders count from.
 */
export interface When {
  readonly allDay: boolean;
  readonly zone: string;
  readonly from: Wall;
  readonly to: Wall;
}

export interface Texts {
  readonly title: string;
  /** Markdown. */
  readonly description: string;
  readonly place: string;
}

/** All that a person or an agent decides about an event. */
export interface Settings extends Texts {
  readonly when: When;
  readonly rule: Rule | null;
  readonly visibility: Visibility;
  /** Accounts of members. */
  readonly attendees: readonly string[];
  /** Before it starts; null for none. */
  readonly reminderMinutes: number | null;
}

/** What became of one occurrence of a series, by the day on which the rule has it begin. */
export interface Exception {
  readonly on: Day;
  /** Null: it was called off (EXDATE). Otherwise it takes place like this instead (RECURRENCE-ID). */
  readonly changed: (Texts & { readonly when: When }) | null;
}

export interface Attendee {
  readonly accountId: string;
  readonly answer: Answer;
}

export interface CalendarEvent extends Settings {
  readonly id: string;
  /** On whose authority it was made. */
  readonly ownerId: string;
  /** Who made it, when it was an agent. */
  readonly agent: { readonly id: string; readonly name: string } | null;
  /** The last day on which the series begins anew; null when it goes on. */
  readonly lastOn: Day | null;
  readonly exceptions: readonly Exception[];
  readonly people: readonly Attendee[];
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly cancelledAt: Date | null;
}

/** The longest that one occurrence lasts, and the earliest that one is reminded of it. */
export const mostDays = 366;
export const mostReminderMinutes = 4 * 7 * 24 * 60;
export const mostAttendees = 200;

/** Whoever looks: undefined for the installation's own jobs, who see what everybody sees. */
export type Viewer = string | undefined;
