import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { projectPath } from '../../../config.js';
import { children } from './limits.js';

/**
 * Node's own limits: no file but the program's own code is readable, none writable; no other process, no thread (a thread
 * would not inherit these limits), no code made from text, a bounded heap.
 */
export function nodeFlags(): string[] {
  // Node 22 gave the flag its lasting name.
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const built = fileURLToPath(new URL('../../../../', import.meta.url));
  return [
    permission,
    `--allow-fs-read=${built}*`,
    `--allow-fs-read=${projectPath('node_modules')}/*`,
    `--allow-fs-read=${projectPath('package.json')}`,
    '--disallow-code-generation-from-strings',
    `--max-old-space-size=${children.heapMegabytes}`,
  ];
}

let known: readonly string[] | undefined;

/**
 * What the system adds where util-linux is there: the child dies with its parent even when it is stuck in a parser, can gain
 * no privilege, leaves no core dump, grows no file, and its computing time ends. Empty elsewhere.
 */
export function systemLimits(): readonly string[] {
  known ??= works(wrapper) ? wrapper : [];
  return known;
}

const wrapper = [
  ...['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--no-new-privs', '--'],
  ...['/usr/bin/prlimit', `--cpu=${children.secondsEach}`, '--core=0', '--fsize=0', '--'],
];

function works([program = '', ...rest]: readonly string[]): boolean {
  return process.platform === 'linux' && spawnSync(program, [...rest, '/bin/true'], { env: {} }).status === 0;
}
