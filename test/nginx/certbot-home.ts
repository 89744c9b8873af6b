import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf } from '../support/guide.js';
import type { Authority } from './acme.js';
import { host } from './edge.js';

export interface Certbot {
  readonly folder: string;
  readonly webroot: string;
  /** The guide's command for the first certificate, with this name and this folder. */
  readonly issue: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  asks(authority: Authority): void;
  /** What `systemctl reload nginx` runs. Beside it there is `systemctl stop nginx`, and nothing else of systemctl. */
  reloads(command: readonly string[]): void;
  /** So that the next renewal has something to do. */
  makeDue(): void;
  /** Answers what it complained of; nothing when all went well. */
  run(command: string): Promise<string>;
  remove(): void;
}

/** Certbot with a home of its own. What the guide lets it ask, and where the authority is, stands in its settings. */
export function newCertbot(): Certbot {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-certbot-'));
  const [webroot, programs, home] = [join(folder, 'html'), join(folder, 'bin'), join(folder, 'home')];
  const live = join(home, 'live', host);
  for (const each of [webroot, programs, join(folder, 'letsencrypt')]) mkdirSync(each, { recursive: true });
  let trusted = '';
  return {
    folder,
    webroot,
    issue: commandOfGuide(webroot),
    certificateFile: join(live, 'fullchain.pem'),
    keyFile: join(live, 'privkey.pem'),
    asks({ directory, caFile }) {
      trusted = caFile;
      const places = { 'config-dir': home, 'work-dir': join(folder, 'work'), 'logs-dir': join(folder, 'logs') };
      const answers = { server: directory, email: 'operator@example.org', 'agree-tos': true, 'non-interactive': true };
      const lines = Object.entries({ ...places, ...answers }).map(([name, value]) => `${name} = ${value}`);
      writeFileSync(join(folder, 'letsencrypt', 'cli.ini'), lines.join('\n'));
    },
    reloads(command) {
      const program = join(programs, 'systemctl');
      const known = command.map((word) => `'${word}'`).join(' ');
      writeFileSync(
        program,
        `#!/bin/sh\ncase "$*" in\n  "reload nginx") exec ${known} ;;\n  "stop nginx") exec ${known.replace(/'reload'$/, "'stop'")} ;;\n  *) exit 64 ;;\nesac\n`,
      );
      chmodSync(program, 0o755);
    },
    makeDue() {
      const [file = ''] = readdirSync(join(home, 'renewal'));
      const path = join(home, 'renewal', file);
      writeFileSync(path, `renew_before_expiry = 10000 days\n${readFileSync(path, 'utf8')}`);
    },
    run: (command) => runShell(command, { folder, programs, trusted }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function commandOfGuide(webroot: string): string {
  const commands = blocksOf('installing', 'certificate').join('\n').split('\n');
  const issue = commands.find((line) => line.startsWith('certbot certonly '));
  if (issue === undefined) throw new Error('the guide does not say how to get a certificate');
  return issue.replace('/var/www/html', webroot).replace('ai.example.org', host);
}

interface Surroundings {
  readonly folder: string;
  readonly programs: string;
  readonly trusted: string;
}

function runShell(command: string, { folder, programs, trusted }: Surroundings): Promise<string> {
  const path = `${programs}:${process.env.PATH}`;
  // Python's own requests, too, knows the authority by this alone.
  const env = { ...process.env, PATH: path, XDG_CONFIG_HOME: folder, REQUESTS_CA_BUNDLE: trusted };
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { env }, (error, stdout, stderr) => {
      resolve(error ? `${stderr}${stdout}`.trim() || error.message : '');
    });
  });
}
