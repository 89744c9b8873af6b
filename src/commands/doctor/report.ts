import { plural } from '../../http/wording.js';
import { type Finding, type Grade, grades } from './finding.js';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

export function asJson(origin: string | undefined, sections: readonly Section[]): string {
  const findings = sections.flatMap(({ id, findings: all }) => all.map((finding) => ({ check: id, ...finding })));
  const report = { origin, at: new Date().toISOString(), counts: countsOf(sections), findings };
  return `${JSON.stringify(report, null, 2)}\n`;
}

const column = Math.max(...grades.map((grade) => grade.length)) + 2;

export function asText(origin: string | undefined, sections: readonly Section[]): string {
  const lines = sections.flatMap(({ title, findings }) => ['', title, ...findings.flatMap(linesOf)]);
  const counts = countsOf(sections);
  const told = [
    `${counts.ok} fine`,
    plural(counts.note, 'note'),
    plural(counts.warning, 'warning'),
    plural(counts.failure, 'failure'),
  ];
  return `${[`Bailiwick at ${origin ?? 'an address that is not known'}`, ...lines, '', `${told.join(', ')}.`].join('\n')}\n`;
}

function linesOf({ grade, says, todo }: Finding): string[] {
  const indent = ' '.repeat(column + 2);
  const text = says.replaceAll('\n', `\n${indent}`);
  return [`  ${grade.padEnd(column)}${text}`, ...(todo === undefined ? [] : [`${indent}Do: ${todo}`])];
}

function countsOf(sections: readonly Section[]): Record<Grade, number> {
  const all = sections.flatMap(({ findings }) => findings);
  const count = (grade: Grade) => all.filter((finding) => finding.grade === grade).length;
  return { ok: count('ok'), note: count('note'), warning: count('warning'), failure: count('failure') };
}
