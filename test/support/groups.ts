import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { projectPath } from '../../src/config.js';

/** These start programs, take long, or are about the process itself. */
const alone =
  /^(?:views|server|commands|routes|nginx|vault)\b(?!\/deployment)|^(?:routes|architecture)\.|extraction\/extract|crash|storm|dead-workers|interleaved|lifecycle|http\/(?:outgoing|request-log|route|session-store)/;
/** Settings are read once in a process: whoever changes them has it for itself, or for all who change them alike. */
const changesSettings = /process\.env(?:\.\w+|\[\w+\]) =[^=]|(?:Object\.assign\(|delete )process\.env/;
/** Files that call it alike have the same settings. */
const cast = { file: 'features/conversations/cast.ts', call: /startCast\([^)]*\)/ };
const support = 'support/';
const browserFamily = 'browser ';

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
  const byFamily = new Map<string, string[]>();
  for (const name of names) {
    const family = familyOf(name, textOf);
    byFamily.set(family, [...(byFamily.get(family) ?? []), name]);
  }
  return [...byFamily].flatMap(([family, files]) =>
    dealt(family, files, family.startsWith(browserFamily) ? Math.ceil(perGroup / 2) : perGroup),
  );
}

/** Files with the same answer can share a process. */
function familyOf(name: string, textOf: (name: string) => string): string {
  if (alone.test(name)) return name;
  const files = [...withImports(name, textOf)];
  const changing = files.filter((file) => changesSettings.test(textOf(file)));
  if (changing.some((file) => file !== cast.file)) return name;
  const callers = files.filter((file) => file !== cast.file);
  const call = callers.map((file) => cast.call.exec(textOf(file))?.[0]).find(Boolean);
  const settings = changing.length === 0 ? 'plain' : (call ?? name);
  return name.startsWith('browser/') ? browserFamily + settings : settings;
}

/** Dealt out like cards, so that neighbours, which take as long as each other, are in different hands. */
function dealt(family: string, files: readonly string[], perGroup: number): Group[] {
  const hands = Math.ceil(files.length / perGroup);
  return Array.from({ length: hands }, (_, hand) => ({
    name: `${family.replace(/\W+/g, '-')}-${hand + 1}`,
    files: files.filter((__, at) => at % hands === hand),
  }));
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
