import { config } from '../../../config.js';
import { shared } from '../../../database/shared.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import { findGuide } from '../../docs/guides.js';
import { listClaims, type ShownClaim } from '../../security/checks.js';
import { lookAt } from '../overview/look.js';
import {
  type Control,
  type ControlState,
  controlStates,
  type Evidence,
  type Framework,
  stateOfControl,
} from './control.js';
import { factOf, type Seen } from './facts.js';
import { frameworks } from './frameworks.js';
import { countRecorded, findPlaced } from './queries.js';

export interface ShownControl {
  readonly id: string;
  readonly words: string;
  readonly state: ControlState;
  readonly evidence: readonly Evidence[];
  readonly lacks?: string;
}

export interface ShownFramework extends Omit<Framework, 'controls'> {
  readonly controls: readonly ShownControl[];
  readonly counts: Readonly<Record<ControlState, number>>;
}

export interface Pack {
  readonly what: 'Bailiwick evidence pack';
  readonly installation: string;
  readonly workspace: { readonly name: string; readonly id: string };
  readonly at: string;
  readonly frameworks: readonly ShownFramework[];
}

/** GV-3: everything from the running system at this moment; that it was gathered is written down. */
export async function gatherEvidence(context: TenantContext): Promise<Pack> {
  const { tenant } = context;
  const recorded = await inTenant(context, 'settings.read', async (db) => {
    await recordEvent(db, context, {
      ...{ category: 'audit', event: 'audit.exported', subject: { kind: 'evidence', id: tenant.id } },
    });
    return countRecorded(db);
  });
  const [facts, placed, claims] = [await lookAt(context), await findPlaced(shared(), tenant.id), await listClaims()];
  const seen: Seen = { facts, recorded, placed, claims };
  return {
    ...{ what: 'Bailiwick evidence pack', installation: config().origin, at: facts.at.toISOString() },
    workspace: { name: tenant.name, id: tenant.id },
    frameworks: frameworks.map((framework) => shownFramework(framework, seen)),
  };
}

export function shownFramework({ controls, ...framework }: Framework, seen: Seen): ShownFramework {
  const shown = controls.map((control) => shownControl(control, seen));
  const count = (state: ControlState) => shown.filter((control) => control.state === state).length;
  const counts = Object.fromEntries(controlStates.map((state) => [state, count(state)])) as ShownFramework['counts'];
  return { ...framework, controls: shown, counts };
}

function shownControl({ id, words, mark, evidence, lacks }: Control, seen: Seen): ShownControl {
  const found = evidence.map((name) => evidenceNamed(name, seen));
  return { id, words, state: stateOfControl({ mark }, found), evidence: found, ...(lacks ? { lacks } : {}) };
}

/** Throws for a name that is nothing: a test reads every line of the mapping. */
export function evidenceNamed(name: string, seen: Seen): Evidence {
  const [kind, rest = ''] = [name.slice(0, 2), name.slice(2)];
  if (kind === 'f:') return factOf(rest, seen);
  if (kind === 'c:') return claimed(rest, seen.claims);
  if (kind === 't:') return { kind: 'test', standing: 'good', text: `test/${rest}` };
  const guide = kind === 'g:' ? findGuide(rest) : undefined;
  if (!guide) throw new Error(`No evidence ${name}`);
  return { kind: 'guide', standing: 'good', text: guide.title, href: `/docs/${guide.slug}` };
}

const standings = { enforced: 'good', partial: 'unsure', untried: 'unsure', unknown: 'unsure', off: 'bad' } as const;

function claimed(id: string, claims: readonly ShownClaim[]): Evidence {
  const claim = claims.find((known) => known.id === id);
  if (!claim) throw new Error(`No claim ${id}`);
  const seen = claim.state === 'unknown' ? 'It was not checked lately.' : claim.evidence;
  return { kind: 'claim', standing: standings[claim.state], text: `${claim.title}: ${seen}`, href: `/security#${id}` };
}
