import {
  eq1Levels,
  eq2Levels,
  eq4Levels,
  eq36Levels,
  type Level,
  type MacroVector,
  scoreOfMacroVector,
} from './macro-vectors.js';
import type { Chosen } from './vector.js';

/** From the most severe value down: how far two values of a metric are apart is how many steps lie between them. */
const steps: Readonly<Record<string, string>> = {
  ...{ AV: 'NALP', PR: 'NLH', UI: 'NPA', AC: 'LH', AT: 'NP' },
  ...{ VC: 'HLN', VI: 'HLN', VA: 'HLN', SC: 'SHLN', SI: 'SHLN', SA: 'SHLN' },
  ...{ CR: 'HML', IR: 'HML', AR: 'HML' },
};
/** What counts where nothing was said (section 3 and 4): the worst. */
const assumed: Chosen = { E: 'A', CR: 'H', IR: 'H', AR: 'H' };

export const ratings = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type Rating = (typeof ratings)[number];

/** Section 6. */
export function ratingOf(score: number): Rating {
  if (score === 0) return 'none';
  if (score < 4) return 'low';
  if (score < 7) return 'medium';
  return score < 9 ? 'high' : 'critical';
}

type Value = (metric: string) => string;

/**
 * The score of a vector (FIRST, CVSS v4.0 Specification, section 8): that of its MacroVector, less the mean of how far,
 * in each set of metrics, the vector lies below the most severe one, as a part of the way to the next lower MacroVector.
 */
export function scoreOf(chosen: Chosen): number {
  const value: Value = (metric) => {
    const defined = [chosen[`M${metric}`], chosen[metric]].find((each) => each !== undefined && each !== 'X');
    return defined ?? assumed[metric] ?? '';
  };
  if (['VC', 'VI', 'VA', 'SC', 'SI', 'SA'].every((metric) => value(metric) === 'N')) return 0;
  const macro = macroVectorOf(value);
  const highest = scoreOfMacroVector(macro) ?? 0;
  const losses = waysDown(macro).flatMap(({ next, level }) => {
    if (next === undefined) return [];
    return [(highest - next) * (level ? distance(value, level.worst) / level.depth : 0)];
  });
  const mean = losses.length > 0 ? losses.reduce((sum, loss) => sum + loss, 0) / losses.length : 0;
  return roundedUp(Math.min(10, Math.max(0, highest - mean)));
}

/** Half a tenth is rounded up, also where binary arithmetic lands a hair below it. */
function roundedUp(score: number): number {
  return Math.round((score + 1e-6) * 10) / 10;
}

/** Section 8.2, tables 18 to 23. */
function macroVectorOf(value: Value): MacroVector {
  const is = (metric: string, wanted: string) => value(metric) === wanted;
  const easy = ['AV', 'PR', 'UI'].filter((metric) => is(metric, 'N')).length;
  const high = (['VC', 'VI', 'VA'] as const).map((metric) => is(metric, 'H'));
  const [confidential, integral] = high;
  const needed = ['CR', 'IR', 'AR'].some((metric, index) => is(metric, 'H') && high[index]);
  const safety = is('SI', 'S') || is('SA', 'S');
  const eq1 = easy === 3 ? 0 : easy > 0 && !is('AV', 'P') ? 1 : 2;
  const eq3 = confidential && integral ? 0 : high.includes(true) ? 1 : 2;
  const eq4 = safety ? 0 : ['SC', 'SI', 'SA'].some((metric) => is(metric, 'H')) ? 1 : 2;
  return {
    ...{ eq1, eq3, eq4 },
    eq2: is('AC', 'L') && is('AT', 'N') ? 0 : 1,
    eq5: ['A', 'P', 'U'].indexOf(value('E')),
    eq6: needed ? 0 : 1,
  };
}

interface WayDown {
  /** The score of the next lower MacroVector, if there is one. */
  readonly next: number | undefined;
  /** EQ5 has one metric, so within a level of it there is no distance. */
  readonly level: Level | undefined;
}

function waysDown(macro: MacroVector): WayDown[] {
  const { eq1, eq2, eq3, eq4, eq5, eq6 } = macro;
  const below = (change: Partial<MacroVector>) => scoreOfMacroVector({ ...macro, ...change });
  return [
    { next: below({ eq1: eq1 + 1 }), level: eq1Levels[eq1] },
    { next: below({ eq2: eq2 + 1 }), level: eq2Levels[eq2] },
    { next: belowInBoth(macro), level: eq36Levels[`${eq3}${eq6}`] },
    { next: below({ eq4: eq4 + 1 }), level: eq4Levels[eq4] },
    { next: below({ eq5: eq5 + 1 }), level: undefined },
  ];
}

/** EQ3 and EQ6 go down together; from 00 there are two ways, of which the higher score counts. */
function belowInBoth(macro: MacroVector): number | undefined {
  const { eq3, eq6 } = macro;
  const lower = (up3: number, up6: number) => scoreOfMacroVector({ ...macro, eq3: eq3 + up3, eq6: eq6 + up6 });
  if (eq3 === 0 && eq6 === 0) return Math.max(lower(0, 1) ?? 0, lower(1, 0) ?? 0);
  return eq3 === 1 && eq6 === 0 ? lower(0, 1) : lower(1, 0);
}

/** Steps below the first of the most severe vectors that is nowhere less severe than this one. */
function distance(value: Value, worst: Level['worst']): number {
  for (const vector of worst) {
    const apart = Object.entries(vector).map(([metric, top]) => {
      const order = steps[metric] ?? '';
      return order.indexOf(value(metric)) - order.indexOf(top);
    });
    if (apart.every((each) => each >= 0)) return apart.reduce((sum, each) => sum + each, 0);
  }
  return 0;
}
