import { z } from 'zod';
import { defaults, kinds, mailTimes } from '../notification.js';
import { type DailyHour, isTimeZone } from '../times.js';
import type { Preferences } from './queries.js';

const mails = ['', ...mailTimes] as const;

const Form = z.looseObject({
  hour: z.coerce.number('Choose an hour.').int('Choose an hour.').min(0, 'Choose an hour.').max(23, 'Choose an hour.'),
  timeZone: z.string('Choose a time zone.').max(64).refine(isTimeZone, 'Choose a time zone.'),
});

/** `page-mention=on`, `mail-mention=daily`, for each kind; and when the daily mail leaves. */
export const PreferencesForm = Form.transform((form, { addIssue }): { preferences: Preferences; daily: DailyHour } => {
  const chosen = kinds.map((kind) => {
    const mail = mails.find((each) => each === (form[`mail-${kind}`] ?? ''));
    if (mail === undefined) addIssue({ code: 'custom', message: 'Choose when.', path: [`mail-${kind}`] });
    return [kind, { inPage: form[`page-${kind}`] === 'on', mail: mail || null }] as const;
  });
  const preferences = { ...defaults, ...Object.fromEntries(chosen) };
  return { preferences, daily: { hour: form.hour, timeZone: form.timeZone } };
});

export function valuesOf(preferences: Preferences, { hour, timeZone }: DailyHour): Record<string, string> {
  return {
    hour: String(hour),
    timeZone,
    ...Object.fromEntries(kinds.map((kind) => [`mail-${kind}`, preferences[kind].mail ?? ''])),
    ...Object.fromEntries(kinds.map((kind) => [`page-${kind}`, preferences[kind].inPage ? 'on' : ''])),
  };
}

export function timeZones(): string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
}
