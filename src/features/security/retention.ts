import { absoluteMs } from '../../http/signed-in.js';
import { accountEventDays } from '../accounts/queries.js';
import { trustedDays } from '../accounts/second-step/queries.js';
import { hoursKept as exportHours } from '../exports/export.js';
import { keptDays as questionDays } from '../knowledge/gaps/queries.js';
import { invitationDays } from '../members/invitations/invitation.js';
import { daysKept as leftDays } from '../members/leaving/leaving.js';
import { daysKept as notificationDays } from '../notifications/list/actions.js';
import { keptDays as probeDays } from '../status/component.js';
import { monthsKept as usageMonths } from '../usage/usage.js';

export interface Kept {
  readonly what: string;
  readonly until: string;
}

const days = (count: number) => `${count} days`;

/** How long what is kept, by the numbers that the deleting code itself uses. */
export const retention: readonly Kept[] = [
  { what: 'An uploaded file', until: 'Until its text was read, an hour at most' },
  { what: 'Conversations, documents, pages, tasks, events', until: 'Until somebody deletes them, or the workspace' },
  { what: 'What was somebody’s alone in a workspace that they left', until: days(leftDays) },
  { what: 'A workspace that was written into a file', until: `${exportHours} hours` },
  { what: 'A workspace’s activity log', until: 'As long as the workspace' },
  { what: 'Notifications that were read', until: days(notificationDays) },
  {
    what: 'Calls to models: whose, when, tokens and cost',
    until: `${usageMonths} months after the month they were made in`,
  },
  { what: 'Questions without an answer, where a workspace keeps them', until: days(questionDays) },
  { what: 'What happened to an account', until: days(accountEventDays) },
  { what: 'A session', until: `${absoluteMs / 3_600_000} hours at most` },
  { what: 'A remembered browser', until: days(trustedDays) },
  { what: 'An invitation', until: `${days(invitationDays)}, then its link is dead` },
  { what: 'What the status page was told', until: days(probeDays) },
];
