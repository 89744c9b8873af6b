/**
 * The score of each MacroVector's most severe vector (FIRST, CVSS v4.0 Specification, section 8.2, table of MacroVectors).
 * A row is named by its levels of EQ1, EQ2, EQ3 and EQ6; in it are EQ4 = 0, 1, 2 and in each of those EQ5 = 0, 1, 2.
 */
const rows: Readonly<Record<string, readonly number[]>> = {
  '0000': [10, 9.8, 9.5, 10, 9.3, 9.1, 9.3, 8.9, 8.1],
  '0001': [9.9, 9.5, 9.2, 9.6, 8.7, 8.1, 9, 8, 6.8],
  '0010': [9.8, 9.5, 9, 9.3, 8.9, 8.1, 8.8, 7.8, 6.9],
  '0011': [9.5, 9.2, 8.4, 9.2, 8.1, 6.5, 8, 7, 4.8],
  '0021': [9.2, 8.2, 7.2, 7.9, 6.9, 5, 6.9, 5.5, 2.7],
  '0100': [9.9, 9.5, 9.2, 9.5, 9, 8.4, 9.2, 8.2, 7.2],
  '0101': [9.7, 9.2, 8.5, 9.1, 8.3, 7.1, 8.1, 7.1, 5.3],
  '0110': [9.5, 9.2, 8.5, 9.2, 8, 7, 8.4, 7.1, 5],
  '0111': [9.3, 8.5, 7.3, 8.2, 7.2, 5.9, 7, 5.2, 3],
  '0121': [8.6, 7.5, 5.2, 7.1, 5.2, 2.9, 6.3, 2.9, 1.7],
  '1000': [9.8, 9.4, 9.1, 9.4, 8.6, 7.7, 8.7, 7.4, 6.3],
  '1001': [9.5, 8.7, 8.1, 8.9, 7.4, 6.4, 7.5, 6.3, 4.9],
  '1010': [9.4, 8.8, 7.6, 8.6, 7.4, 5.9, 7.2, 5.7, 5.2],
  '1011': [8.9, 7.7, 6.7, 7.6, 5.8, 5, 5.7, 5.2, 2.5],
  '1021': [8.3, 7, 5.4, 6.5, 5.8, 2.6, 5.3, 2.1, 1.3],
  '1100': [9.5, 8.8, 7.6, 9, 7.5, 6.1, 7.7, 6.8, 5.2],
  '1101': [9, 7.6, 7, 7.7, 6.2, 5.3, 6.6, 5.9, 3],
  '1110': [8.9, 7.6, 6.2, 7.4, 5.7, 4.7, 6.1, 5.7, 2.4],
  '1111': [7.8, 6.7, 5.8, 5.9, 5.7, 2.3, 5.2, 2.9, 1.6],
  '1121': [7.1, 5.9, 3, 5.8, 2.6, 1.5, 2.3, 1.3, 0.6],
  '2000': [9.3, 8.6, 7.5, 8.6, 7.4, 5.6, 7, 5.2, 4],
  '2001': [8.7, 7.2, 5.8, 7.4, 6.1, 3.4, 5.4, 4, 2.2],
  '2010': [8.5, 7.4, 6.2, 7.2, 5.5, 4.6, 5.3, 3.4, 1.9],
  '2011': [7.5, 5.5, 5.1, 5.7, 4.1, 1.9, 3.6, 1.9, 0.8],
  '2021': [6.4, 5.1, 2, 4.7, 2.1, 1.1, 2.4, 0.9, 0.4],
  '2100': [8.8, 7.3, 6, 7.3, 5.9, 4.1, 5.4, 4.5, 2],
  '2101': [7.5, 5.3, 5, 5.5, 4, 2, 4.3, 2.2, 1.1],
  '2110': [7.5, 5.8, 4, 6.1, 4.8, 2, 4.6, 1.7, 0.8],
  '2111': [5.5, 4.5, 2.1, 5.1, 1.8, 0.9, 1.8, 0.7, 0.2],
  '2121': [5.3, 2.4, 1.4, 2.4, 1.2, 0.5, 1, 0.3, 0.1],
};

export interface MacroVector {
  readonly eq1: number;
  readonly eq2: number;
  readonly eq3: number;
  readonly eq4: number;
  readonly eq5: number;
  readonly eq6: number;
}

/** Undefined where there is no such MacroVector: below the lowest level, and EQ6 = 0 without a high impact. */
export function scoreOfMacroVector({ eq1, eq2, eq3, eq4, eq5, eq6 }: MacroVector): number | undefined {
  if (eq4 > 2 || eq5 > 2) return undefined;
  return rows[`${eq1}${eq2}${eq3}${eq6}`]?.[eq4 * 3 + eq5];
}

type Worst = Readonly<Record<string, string>>;

/** The most severe vectors of each level, and how many steps down the level goes (section 8.3, tables 24 to 28). */
export interface Level {
  readonly worst: readonly Worst[];
  readonly depth: number;
}

export const eq1Levels: readonly Level[] = [
  { worst: [{ AV: 'N', PR: 'N', UI: 'N' }], depth: 1 },
  {
    worst: [
      { AV: 'A', PR: 'N', UI: 'N' },
      { AV: 'N', PR: 'L', UI: 'N' },
      { AV: 'N', PR: 'N', UI: 'P' },
    ],
    depth: 4,
  },
  {
    worst: [
      { AV: 'P', PR: 'N', UI: 'N' },
      { AV: 'A', PR: 'L', UI: 'P' },
    ],
    depth: 5,
  },
];

export const eq2Levels: readonly Level[] = [
  { worst: [{ AC: 'L', AT: 'N' }], depth: 1 },
  {
    worst: [
      { AC: 'H', AT: 'N' },
      { AC: 'L', AT: 'P' },
    ],
    depth: 2,
  },
];

const impact = (v: string, r: string): Worst => {
  const [VC = '', VI = '', VA = ''] = v;
  const [CR = '', IR = '', AR = ''] = r;
  return { VC, VI, VA, CR, IR, AR };
};

/** By EQ3 and EQ6, which are judged together. */
export const eq36Levels: Readonly<Record<string, Level>> = {
  '00': { worst: [impact('HHH', 'HHH')], depth: 7 },
  '01': { worst: [impact('HHL', 'MMH'), impact('HHH', 'MMM')], depth: 6 },
  '10': { worst: [impact('LHH', 'HHH'), impact('HLH', 'HHH')], depth: 8 },
  '11': {
    worst: [
      impact('LHL', 'HMH'),
      impact('LHH', 'HMM'),
      impact('HLH', 'MHM'),
      impact('HLL', 'MHH'),
      impact('LLH', 'HHM'),
    ],
    depth: 8,
  },
  '21': { worst: [impact('LLL', 'HHH')], depth: 10 },
};

export const eq4Levels: readonly Level[] = [
  { worst: [{ SC: 'H', SI: 'S', SA: 'S' }], depth: 6 },
  { worst: [{ SC: 'H', SI: 'H', SA: 'H' }], depth: 5 },
  { worst: [{ SC: 'L', SI: 'L', SA: 'L' }], depth: 4 },
];
