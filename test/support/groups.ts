import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { projectPath } from '../../src/config.js';

/** These start programs, take long, or are about the process itself. */
const alone =
  /^(?:browser|views|nginx|server|commands|routes|vault|http)\b|^(?:routes|architecture)\.|extraction|crash|storm|dead-workers|interleaved/;
/** Settings are read once in a process, and its jobs stop for good: whoever touches these has it for itself. */
const changesSettings = /jobs: true|process\.env(?:\.\w+ =|\[\w+\] =)|(?:Object\.assign\(|delete )process\.env/;
const support = 'support/';

export interface Group {
  readonly name: string;
  /** Names of test files, below `test` and with `.ts`. */
  readonly files: readonly string[];
}

/**
 * Which test files share a process, one after the other: a process with the application in it takes two seconds of CPU
 * to start, most of what many a file needs. Each file keeps a database of its own.
 */
export function groupsOf(names: readonly string[], perGroup: number): Group[] {
  const texts = new Map<string, string>();
  const textOf = (name: string): string => {
    const known = texts.get(name) ?? readFileSync(projectPath('test', name), 'utf8');
    texts.set(name, known);
    return known;
  };
  const sociable = (name: string) =>
    !alone.test(name) && [...withImports(name, textOf)].every((file) => !changesSettings.test(textOf(file)));
  const shared = names.filter(sociable);
  const groups = Array.from({ length: Math.ceil(shared.length / perGroup) }, (_, index) => ({
    name: `group-${index + 1}`,
    // Dealt out like cards, so that neighbours, which take as long as each other, are in different hands.
    files: shared.filter((__, at) => at % Math.ceil(shared.length / perGroup) === index),
  }));
  const others = names.filter((name) => !shared.includes(name));
  return [...others.map((name) => ({ name, files: [name] })), ...groups];
}

/** The built file that runs a group. */
export function entryOf({ name, files }: Group): string {
  const built = (file: string) => projectPath('dist', 'test', file.replace(/\.ts$/, '.js'));
  const [only] = files;
  if (only !== undefined && files.length === 1) return built(only);
  const entry = projectPath('dist', 'test', 'groups', `${name}.test.js`);
  mkdirSync(dirname(entry), { recursive: true });
  const suites = files.map(
    (file) => `describe(${JSON.stringify(file)}, async () => void (await import(${JSON.stringify(built(file))})));`,
  );
  writeFileSync(
    entry,
    `import '../support/settings.js';\nimport { describe } from 'node:test';\n${suites.join('\n')}\n`,
  );
  return entry;
}

function withImports(name: string, textOf: (name: string) => string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(name) || name.startsWith(support)) return seen;
  seen.add(name);
  for (const [, path = ''] of textOf(name).matchAll(/(?:from|import)\s+'(\.[^']+)'/g)) {
    const target = normalize(join(dirname(name), path)).replace(/\.js$/, '.ts');
    if (!target.startsWith('..')) withImports(target, textOf, seen);
  }
  return seen;
}
