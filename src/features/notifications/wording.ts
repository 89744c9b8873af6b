import type { MailTime, NotificationKind } from './notification.js';

/** What happened, above or below a title. */
export const kindWords: Readonly<Record<NotificationKind, string>> = {
  decision: 'Waits for your decision',
  mention: 'Mentions you',
  assigned: 'Assigned to you',
  comment: 'New comment',
  finished: 'Finished',
  security: 'Security notice',
  shared: 'Shared with you',
  reminder: 'Reminder',
  usage: 'Use of models',
};

/** As the list's filter and the choices call them. */
export const kindNames: Readonly<Record<NotificationKind, string>> = {
  decision: 'Decisions',
  mention: 'Mentions',
  assigned: 'Assignments',
  comment: 'Comments',
  finished: 'What has ended',
  security: 'Security',
  shared: 'Shared with me',
  reminder: 'Reminders',
  usage: 'Use of models',
};

export const kindHelp: Readonly<Record<NotificationKind, string>> = {
  decision: 'An agent waits for somebody to allow what it wants to do, and you may.',
  mention: 'Somebody writes @ and your username.',
  assigned: 'A task or something else is given to you.',
  comment: 'Somebody comments on what you made, were given or follow.',
  finished: 'What you asked for has come to its end: a decision, a document, a run.',
  security:
    'What concerns your rights and what is private to you here. What happens to your account itself is shown above your notifications and in your profile, and mailed in any case: it belongs to no workspace.',
  shared: 'Somebody lets you see what was private.',
  reminder: 'An event of your calendar, or a date of a task, is near.',
  usage: 'Little is left of what you, or a workspace that you look after, may use of models this month.',
};

export const kindIcons: Readonly<Record<NotificationKind, string>> = {
  decision: 'inbox',
  mention: 'at-sign',
  assigned: 'user-plus',
  comment: 'message-square',
  finished: 'circle-check',
  security: 'shield-check',
  shared: 'users',
  reminder: 'clock',
  usage: 'triangle-alert',
};

export const mailWords: Readonly<Record<MailTime, string>> = {
  now: 'At once',
  hourly: 'Collected, once an hour',
  daily: 'Collected, once a day',
};
