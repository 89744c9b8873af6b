import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { projectPath } from '../../src/config.js';
import { blocksOf } from '../support/guide.js';
import { fillIn } from './edge.js';
import { whereIs } from './scanners.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-guide-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const [settings = '', commands = ''] = blocksOf('installing', 'nginx');

test('what the guide writes for Nginx fills in its template, by the guide’s own command (GV-4, OP-2)', (t) => {
  const envsubst = commands.slice(0, commands.indexOf('\nrm '));
  assert.match(envsubst, /^set -a; .*\nenvsubst /);
  if (whereIs('envsubst') === undefined) return t.skip('envsubst is not installed here');
  const [file, target] = [join(folder, 'nginx.env'), join(folder, 'bailiwick.conf')];
  writeFileSync(file, settings);
  const here = envsubst
    .replaceAll('/etc/bailiwick-nginx.env', file)
    .replace('/opt/bailiwick/nginx/', projectPath('nginx/'))
    .replace('/etc/nginx/conf.d/bailiwick.conf', target);
  execFileSync('bash', ['-euc', here], { env: { PATH: process.env.PATH } });
  const plain = (text: string) => text.replace(/^#.*$/gm, '');
  const values = Object.fromEntries(
    [...settings.matchAll(/^([A-Z_]+)="?(.*?)"?$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const template = readFileSync(projectPath('nginx/bailiwick.conf.template'), 'utf8');
  assert.equal(plain(readFileSync(target, 'utf8')), fillIn(template, values));
});

test('the guide’s units are ones that systemd takes (GV-4, OP-2)', (t) => {
  const [web = '', differing = ''] = blocksOf('installing', 'services');
  let worker = web;
  for (const line of differing.trim().split('\n')) {
    const [name] = line.split('=');
    assert.match(worker, new RegExp(`^${name}=`, 'm'));
    worker = worker.replace(new RegExp(`^${name}=.*$`, 'm'), () => line);
  }
  assert.notEqual(worker, web);
  if (whereIs('systemd-analyze') === undefined) return t.skip('systemd is not installed here');
  const units = { 'bailiwick-web.service': web, 'bailiwick-worker.service': worker };
  for (const [name, text] of Object.entries(units)) {
    // The program and the account are there only where the guide was followed.
    const runnable = text.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true').replace(/^(User|Group)=.*\n/gm, '');
    writeFileSync(join(folder, name), runnable);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', join(folder, name)], {
      encoding: 'utf8',
    });
    const said = stderr.split('\n').filter((line) => line.includes(name));
    assert.deepEqual([status, said], [0, []], name);
  }
});

test('every block of commands of the operators’ guides is one that a shell reads (GV-4)', () => {
  const sections = [
    ...['packages', 'node', 'database', 'program', 'certificate'].map((section) => ['installing', section]),
    ...['doctor', 'backups', 'restoring', 'upgrading', 'commands'].map((section) => ['running', section]),
  ];
  const blocks = sections.flatMap(([guide = '', section = '']) => blocksOf(guide, section)).concat(commands);
  assert.ok(blocks.length > 12);
  for (const block of blocks) {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' });
    assert.equal(status, 0, `${block}\n${stderr}`);
  }
});

test('the commands of a backup and of a restoration name the same files and the same database (GV-4, OP-2)', () => {
  const [backup = ''] = blocksOf('running', 'backups');
  const restoring = blocksOf('running', 'restoring').join('\n');
  const written = [...backup.matchAll(/>+ (\S+\.(?:sql|dump))$/gm)].map(([, name]) => name);
  const read = [...restoring.matchAll(/< (\S+\.(?:sql|dump))\b/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(written)], read);
  assert.match(backup, /^umask 077$/m);
  const [, user = '', database = ''] =
    /postgres:\/\/(\w+):\w+@[^/]+\/(\w+)/.exec(blocksOf('installing', 'settings').join()) ?? [];
  assert.match(backup, new RegExp(`pg_dump --format=custom ${database}\\b`));
  assert.match(restoring, new RegExp(`createdb --owner ${user} .* ${database}\n`));
  assert.match(restoring, new RegExp(`pg_restore .*--dbname ${database} `));
});
