import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { projectPath } from '../../../config.js';

const Entry = z.object({
  version: z.string(),
  integrity: z.string(),
  license: z.string().optional(),
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
});
const Lockfile = z.object({ packages: z.record(z.string(), z.unknown()) });

export interface Component {
  readonly name: string;
  readonly version: string;
  /** As npm compared it when it was installed: `sha512-…`. */
  readonly integrity: string;
  readonly license: string | undefined;
  readonly isOptional: boolean;
}

/** What npm wrote down when it installed; a source tree that was never installed has only what it is to install. */
function lockfile(): string {
  const installed = projectPath('node_modules', '.package-lock.json');
  return existsSync(installed) ? installed : projectPath('package-lock.json');
}

/** Every library that the program runs with, by name and version. Tools of development are not among them. */
export function components(path = lockfile()): Component[] {
  const { packages } = Lockfile.parse(JSON.parse(readFileSync(path, 'utf8')));
  const found = Object.entries(packages).flatMap(([place, given]) => {
    if (place === '') return [];
    const { version, integrity, license, dev = false, optional = false } = Entry.parse(given);
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return dev ? [] : [{ name, version, integrity, license, isOptional: optional }];
  });
  const keyOf = ({ name, version }: Component) => `${name}@${version}`;
  const byKey = new Map(found.map((component) => [keyOf(component), component]));
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, component]) => component);
}
