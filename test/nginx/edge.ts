import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { projectPath } from '../../src/config.js';
import { newCertificate } from '../support/certificate.js';

export const host = 'bailiwick.test';

export interface Edge {
  readonly http: number;
  readonly https: number;
  /** Of its certificate. */
  readonly name: string;
  readonly ca: Buffer;
  readonly caFile: string;
  readonly folder: string;
  readonly publicDir: string;
  readonly origin: string;
  /** What Debian's unit runs for `systemctl reload nginx`, for this nginx. */
  readonly reload: readonly string[];
  log(name: 'access' | 'error'): string;
  stop(): Promise<void>;
}

export interface EdgeSettings {
  /** The application's port, or those of its replicas. */
  readonly upstream: number | readonly number[];
  readonly protocols?: string;
  /** Files for nginx/local, by name. */
  readonly local?: Readonly<Record<string, string>>;
  /** What is written at the end of files of nginx/snippets, by name, or in their place: to weaken them on purpose. */
  readonly added?: Readonly<Record<string, string>>;
  readonly replaced?: Readonly<Record<string, string>>;
  /** The template after this, to weaken it on purpose. */
  readonly edited?: (template: string) => string;
  /** Otherwise a throw-away one. `ca` is who signed it. */
  readonly certificate?: { readonly certificateFile: string; readonly keyFile: string; readonly ca: Buffer };
  /** The address to listen at, otherwise 127.0.0.1. */
  readonly listens?: string;
  /** Certbot's folder; otherwise one of its own. */
  readonly acmeDir?: string;
  /** Otherwise free ports, and the name `host`. */
  readonly place?: { readonly name: string; readonly http: number; readonly https: number } | undefined;
  /** The folder that is served without asking the application; otherwise an empty one. */
  readonly shows?: string;
}

const nginx = [
  '/usr/sbin/nginx',
  '/usr/bin/nginx',
  '/usr/local/sbin/nginx',
  '/usr/local/bin/nginx',
  '/opt/homebrew/bin/nginx',
].find((path) => existsSync(path));

export const hasNginx = nginx !== undefined;

/** Skips the test where there is no nginx, except in CI, where a missing one is a failure. */
export function needsNginx(context: TestContext): boolean {
  if (nginx) return true;
  if (process.env.CI === 'true') throw new Error('nginx must be installed when CI=true');
  context.skip('nginx is not installed here');
  return false;
}

/** The project's own configuration in a real nginx, in a folder of its own, with a throw-away certificate. */
export async function startEdge(settings: EdgeSettings): Promise<Edge> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-edge-'));
  const place = settings.place ?? { name: host, http: await freePort(), https: await freePort() };
  const { name, http, https } = place;
  const own = newCertificate([`DNS:${name}`]);
  const certificate = settings.certificate ?? { ...own, ca: own.certificate };
  const edge = {
    http,
    https,
    ca: certificate.ca,
    folder,
    publicDir: settings.shows ?? join(folder, 'public'),
    name,
    caFile: certificate.certificateFile,
    reload: [nginx ?? 'nginx', ...optionsIn(folder), '-s', 'reload'],
    origin: new URL(`https://${name}:${https}`).origin,
  };
  for (const part of ['public', 'acme', 'temp', 'nginx/local']) mkdirSync(join(folder, part), { recursive: true });
  cpSync(projectPath('nginx'), join(folder, 'nginx'), { recursive: true });
  for (const [file, text] of Object.entries(settings.local ?? {}))
    writeFileSync(join(folder, 'nginx/local', file), text);
  const snippet = (file: string) => join(folder, 'nginx/snippets', file);
  for (const [file, text] of Object.entries(settings.replaced ?? {})) writeFileSync(snippet(file), text);
  for (const [file, text] of Object.entries(settings.added ?? {})) appendFileSync(snippet(file), text);
  const values = {
    ...placeholders(edge, settings),
    CERTIFICATE: certificate.certificateFile,
    CERTIFICATE_KEY: certificate.keyFile,
  };
  const { edited = (template) => template } = settings;
  const template = edited(readFileSync(projectPath('nginx/bailiwick.conf.template'), 'utf8'));
  writeFileSync(join(folder, 'bailiwick.conf'), fillIn(template, values));
  writeFileSync(join(folder, 'nginx.conf'), mainConfiguration(folder));
  const stop = await runNginx(edge);
  return {
    ...edge,
    log: (kind) => readFileSync(join(folder, `${kind}.log`), 'utf8'),
    async stop() {
      await stop();
      own.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Place = Omit<Edge, 'log' | 'stop'>;

function placeholders(place: Place, { upstream, protocols, acmeDir, listens = '127.0.0.1' }: EdgeSettings) {
  const { name, http, https, folder, publicDir, origin } = place;
  return {
    SERVER_NAME: name,
    ORIGIN: origin,
    HTTP_LISTEN: `${listens}:${http}`,
    HTTPS_LISTEN: `${listens}:${https}`,
    TLS_PROTOCOLS: protocols ?? 'TLSv1.2 TLSv1.3',
    UPSTREAMS: [upstream]
      .flat()
      .map((port) => `server 127.0.0.1:${port} fail_timeout=1s;`)
      .join(' '),
    PUBLIC_DIR: publicDir,
    NGINX_DIR: join(folder, 'nginx'),
    ACME_DIR: acmeDir ?? join(folder, 'acme'),
    UPLOAD_LIMIT: '4m',
    ACCESS_LOG: join(folder, 'access.log'),
    ERROR_LOG: join(folder, 'error.log'),
  };
}

/** As envsubst does. Throws on a placeholder that has no value. */
export function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  const settled = template.replace(/^#.*$/gm, '');
  return settled.replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The configuration asks for ${name}`);
    return value;
  });
}

function mainConfiguration(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/temp/${kind};`,
  );
  // Workers of another user could not read a folder of ours.
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};` : '';
  return `daemon off; ${user} worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
events { worker_connections 2048; }
http { access_log off; ${temporary.join(' ')} include ${folder}/bailiwick.conf; }`;
}

const optionsIn = (folder: string) => ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];

async function runNginx({ folder, https, ca, name }: Place): Promise<() => Promise<void>> {
  const options = optionsIn(folder);
  execFileSync(nginx ?? 'nginx', [...options, '-t', '-q'], { stdio: 'pipe' });
  const child = spawn(nginx ?? 'nginx', options, { stdio: ['ignore', 'ignore', 'inherit'] });
  const kill = () => void child.kill();
  process.once('exit', kill);
  const gone = once(child, 'exit');
  await answering(https, ca, name);
  return async () => {
    process.off('exit', kill);
    kill();
    await gone;
  };
}

async function answering(port: number, ca: Buffer, servername: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const socket = connect({ host: '127.0.0.1', port, ca, servername });
    const up = await once(socket, 'secureConnect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (up) return;
    if (Date.now() > deadline) throw new Error('nginx does not answer');
    await pause(20);
  }
}

/** Below the ports that the system hands out by itself, so that nothing takes it before nginx does. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server: Server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (free) await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
}
