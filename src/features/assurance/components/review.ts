import { z } from 'zod';
import { mendingDays, reviewDays, type Severity, type Step, updatingDays } from './windows.js';

const severities = Object.keys(mendingDays) as [Severity, ...Severity[]];
const steps = Object.keys(updatingDays) as [Step, ...Step[]];
const Seen = { name: z.string(), firstSeen: z.coerce.date() };

/** What was found when somebody last looked, and since when each of it is known. */
export const Review = z.object({
  reviewedAt: z.coerce.date(),
  weak: z.array(z.object({ ...Seen, severity: z.enum(severities) })),
  behind: z.array(z.object({ ...Seen, step: z.enum(steps), present: z.string(), newest: z.string() })),
});
export type Review = z.infer<typeof Review>;

/** `npm audit --json`, as far as it is read. Its `info` needs no mending. */
const Audit = z.object({ vulnerabilities: z.record(z.string(), z.object({ severity: z.string() })) });
/** `npm outdated --json`: what is not installed here has no `current`. */
const Outdated = z.record(z.string(), z.object({ current: z.string().optional(), latest: z.string() }));

/** What npm says now, with the days from which the last review knew of it. Throws where npm gave an error instead. */
export function reviewOf(said: { audit: unknown; outdated: unknown }, last: Review | undefined, now: Date): Review {
  const since = (kind: 'weak' | 'behind', name: string) =>
    last?.[kind].find((known) => known.name === name)?.firstSeen ?? now;
  const audit = Audit.safeParse(said.audit);
  if (!audit.success) throw new Error('npm did not say which weaknesses are known. Is its registry reached from here?');
  const weak = Object.entries(audit.data.vulnerabilities).flatMap(([name, given]) => {
    const severity = severities.find((known) => known === given.severity);
    return severity ? [{ name, severity, firstSeen: since('weak', name) }] : [];
  });
  const behind = Object.entries(Outdated.parse(said.outdated)).flatMap(([name, { current, latest }]) =>
    current === undefined || current === latest
      ? []
      : [
          {
            name,
            step: stepBetween(current, latest),
            present: current,
            newest: latest,
            firstSeen: since('behind', name),
          },
        ],
  );
  return { reviewedAt: now, weak, behind };
}

function stepBetween(present: string, newest: string): Step {
  return present.split('.')[0] === newest.split('.')[0] ? 'minor' : 'major';
}

const daysBetween = (from: Date, to: Date) => Math.floor((to.getTime() - from.getTime()) / 86_400_000);

/** Each component for which a time that was promised has passed, in words. */
export function overdue({ weak, behind }: Review, now: Date): string[] {
  return [
    ...weak
      .filter(({ severity, firstSeen }) => daysBetween(firstSeen, now) > mendingDays[severity])
      .map(
        ({ name, severity, firstSeen }) =>
          `${name}: a ${severity} weakness is known for ${daysBetween(firstSeen, now)} days, ${mendingDays[severity]} are allowed`,
      ),
    ...behind
      .filter(({ step, firstSeen }) => daysBetween(firstSeen, now) > updatingDays[step])
      .map(
        ({ name, newest, step, firstSeen }) =>
          `${name}: ${newest} is there for ${daysBetween(firstSeen, now)} days, ${updatingDays[step]} are allowed`,
      ),
  ];
}

export interface Standing {
  readonly state: 'good' | 'unsure' | 'bad';
  readonly text: string;
}

/** Known without asking anybody: a review says less with each day, and nothing when it is older than promised. */
export function standingOf(review: Review | undefined, now: Date): Standing {
  if (!review)
    return { state: 'unsure', text: 'Nobody has looked yet whether weaknesses of its components are known.' };
  const { weak, behind, reviewedAt } = review;
  const day = reviewedAt.toISOString().slice(0, 10);
  const found = `On ${day}: ${weak.length} components with known weaknesses, ${behind.length} with a newer version.`;
  const late = overdue(review, now);
  if (late.length > 0) return { state: 'bad', text: `${found} Overdue: ${late.join('; ')}.` };
  const age = daysBetween(reviewedAt, now);
  if (age > reviewDays)
    return { state: 'unsure', text: `${found} That is ${age} days ago; ${reviewDays} are promised.` };
  return { state: 'good', text: `${found} None is overdue.` };
}
