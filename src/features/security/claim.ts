import { z } from 'zod';

/**
 * `off` is what this deployment does not use, or what fails altogether; `partial` holds in some places only; `untried` is
 * what there is nothing to try with yet.
 */
export const states = ['enforced', 'partial', 'off', 'untried'] as const;
export type State = (typeof states)[number];

export interface Finding {
  readonly state: State;
  /** What was seen, in a sentence that names no secret and no content. Everybody may read it. */
  readonly evidence: string;
}

/** Where the checks look; replaceable, so that a test can put something broken there. */
export interface Probe {
  /** The origin that is asked, as people reach it. */
  readonly origin: string;
  /** The same by plain HTTP, where that is not at the usual port. */
  readonly plainOrigin?: string;
  /** What browsers get from the installation. */
  readonly folders?: readonly string[];
  readonly smtpUrl?: string;
}

/** Something that the product promises, with the check that looks whether it is so at this moment (GV-4). */
export interface Claim {
  readonly id: string;
  readonly group: 'Isolation' | 'Encryption' | 'Transport' | 'Accounts' | 'Privacy' | 'Audit';
  readonly title: string;
  readonly promise: string;
  /** The mechanism, in a sentence. */
  readonly mechanism: string;
  /** How the check works. */
  readonly checked: string;
  /** Ids of the specification. */
  readonly features: readonly string[];
  check(probe: Probe): Promise<Finding>;
}

export const enforced = (evidence: string): Finding => ({ state: 'enforced', evidence });
export const partial = (evidence: string): Finding => ({ state: 'partial', evidence });
export const untried = (evidence: string): Finding => ({ state: 'untried', evidence });
export const off = (evidence: string): Finding => ({ state: 'off', evidence });

/** Enforced when there is no problem; the first few are told otherwise. */
export function unless(problems: readonly string[], evidence: string, worst: State = 'off'): Finding {
  if (problems.length === 0) return enforced(evidence);
  const told = problems.slice(0, 5).join('; ');
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
  return { state: worst, evidence: `${told}${more}.` };
}

export const ClaimCheck = z.object({
  claim: z.string(),
  state: z.enum(states),
  evidence: z.string(),
  checkedAt: z.date(),
  passedAt: z.date().nullable(),
  since: z.date(),
});
export type ClaimCheck = z.infer<typeof ClaimCheck>;
