import { readdirSync, readFileSync } from 'node:fs';
import { projectPath } from '../../../src/config.js';
import type { Control } from '../../../src/features/assurance/evidence/control.js';
import { frameworks } from '../../../src/features/assurance/evidence/frameworks.js';

/** Why a requirement counts as kept here, or why it does not. */
export const standings = ['tested', 'checked live', 'written down', 'partly', 'open', 'does not apply'] as const;
export type Standing = (typeof standings)[number];

export interface Row extends Pick<Control, 'id' | 'words' | 'lacks'> {
  readonly standing: Standing;
  /** Files with a test that names it. */
  readonly tests: readonly string[];
}

export const isGreen = ({ standing }: Pick<Row, 'standing'>): boolean =>
  standing === 'tested' || standing === 'checked live' || standing === 'written down';

/** All requirements of ASVS 5.0, levels 1 and 2: from the names of the tests and what the evidence pack rests on. */
export function asvsRows(tests = namedInTests()): Row[] {
  const controls = frameworks.find(({ id }) => id === 'asvs')?.controls ?? [];
  return controls.map((control) => {
    const { id, words, lacks } = control;
    const files = tests.get(id) ?? [];
    return { id, words, ...(lacks ? { lacks } : {}), standing: standingOf(control, files.length > 0), tests: files };
  });
}

/** A test that nobody named after the requirement shows nothing of it: it may go, or change, unnoticed. */
export function standingOf({ mark, evidence }: Pick<Control, 'mark' | 'evidence'>, isNamed: boolean): Standing {
  if (mark === '-') return 'does not apply';
  if (mark === '~') return 'partly';
  if (isNamed) return 'tested';
  if (evidence.some((name) => /^[cf]:/.test(name))) return 'checked live';
  return evidence.length > 0 && evidence.every((name) => name.startsWith('g:')) ? 'written down' : 'open';
}

const title = /\b(?:test|it|describe)\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g;
const number = /\b(?:V|ASVS )(\d+\.\d+\.)(\d+)(?: to V\1(\d+))?/g;

function namedInTests(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const files = (readdirSync(projectPath('test'), { recursive: true }) as string[]).filter((name) =>
    /\.ts$/.test(name),
  );
  for (const file of files.sort()) {
    const text = readFileSync(projectPath('test', file), 'utf8');
    for (const [, , name = ''] of text.matchAll(title)) {
      for (const id of numbersIn(name)) found.set(id, [...new Set([...(found.get(id) ?? []), file])]);
    }
  }
  return found;
}

/** `V3.4.3 to V3.4.5` are three. */
export function numbersIn(name: string): string[] {
  return [...name.matchAll(number)].flatMap(([, section = '', first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => `V${section}${Number(first) + at}`),
  );
}
