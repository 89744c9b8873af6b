import { z } from 'zod';
import { type ComponentName, components } from '../component.js';

/** Trouble that came by itself, and work that was announced (GV-6). */
export const kinds = { incident: 'Incident', maintenance: 'Planned maintenance' } as const;
export type Kind = keyof typeof kinds;

export const severities = {
  notice: 'Worth knowing, everything works',
  degraded: 'Works, but slowly or not all of it',
  outage: 'Does not work',
} as const;
export type Severity = keyof typeof severities;

/** How far it is, in the order in which it goes. */
export const stages = {
  incident: {
    investigating: 'Being looked into',
    identified: 'Cause found',
    watching: 'Mended and watched',
    resolved: 'Resolved',
  },
  maintenance: { planned: 'Planned', 'under-way': 'Under way', finished: 'Finished', cancelled: 'Cancelled' },
} as const;
const stageNames: Readonly<Record<string, string>> = { ...stages.incident, ...stages.maintenance };
const closing = new Set(['resolved', 'finished', 'cancelled']);

export const componentNames = Object.keys(components) as [ComponentName, ...ComponentName[]];
export const kindNames = Object.keys(kinds) as [Kind, ...Kind[]];
export const severityNames = Object.keys(severities) as [Severity, ...Severity[]];

export const Update = z.object({
  id: z.uuid(),
  incidentId: z.uuid(),
  at: z.date(),
  stage: z.string(),
  text: z.string(),
});
export type Update = z.infer<typeof Update>;

export const IncidentRow = z.object({
  id: z.uuid(),
  kind: z.enum(kindNames),
  title: z.string(),
  components: z.array(z.enum(componentNames)),
  severity: z.enum(severityNames),
  startsAt: z.date(),
  endsAt: z.date().nullable(),
  closedAt: z.date().nullable(),
});

export interface Incident extends z.infer<typeof IncidentRow> {
  /** Newest first, never empty. */
  readonly updates: readonly Update[];
}

export function closes(stage: string): boolean {
  return closing.has(stage);
}

export function stageName(stage: string): string {
  return stageNames[stage] ?? stage;
}

/** The components' names, as people read them: `Pages, Mail`. */
export function named(names: readonly ComponentName[]): string {
  return names.map((name) => components[name]).join(', ');
}

/** Work that begins later and that nobody has begun. */
export function isToCome({ kind, startsAt, updates }: Incident, now: Date): boolean {
  return kind === 'maintenance' && startsAt > now && updates[0]?.stage === 'planned';
}

/** Planned work whose end has passed, and of which nobody has said how it went. */
export function isOverdue({ endsAt, closedAt }: Pick<Incident, 'endsAt' | 'closedAt'>, now: Date): boolean {
  return closedAt === null && endsAt !== null && endsAt < now;
}
