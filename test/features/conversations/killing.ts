import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createProbe } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { projectPath } from '../../../src/config.js';
import { parseAddress } from '../../../src/database/address.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/database/embedded.js';
import { closeDatabases, openDatabases } from '../../../src/database/shared.js';
import { deploymentKey } from '../../../src/vault/deployment.js';
import { shards } from '../../support/database.js';
import { startCompatible } from '../../support/providers/compatible.js';
import type { Script } from '../../support/providers/script.js';
import { until } from '../../support/until.js';
import { insertPerson, Person, signIn } from '../accounts/people.js';

/** The real server over a Postgres of its own, both of which can be killed and started again. */
export interface Killable {
  readonly alice: Person;
  readonly agent: string;
  /** The schema of acme. */
  readonly schema: string;
  /** Of Postgres, as its superuser. */
  readonly url: string;
  /** `question`: the newest words of the person; `returned`: a tool has answered since. */
  says(reply: (asked: Asked) => Script): void;
  query(text: string, values?: unknown[]): Promise<pg.QueryResult>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** `web`: jobs are left to workers. */
  start(role?: 'all' | 'web'): Promise<void>;
  /** A process that runs jobs only. All that live are ended with the world. */
  startWorker(): Worker;
  signal(signal: NodeJS.Signals): void;
  killPostgres(): Promise<void>;
  /** What the post box got, letter by letter. It answers nobody while it is held. */
  readonly letters: string[];
  holdLetters(on: boolean): void;
  close(): Promise<void>;
}

export interface Worker {
  signal(signal: NodeJS.Signals): void;
  kill(): Promise<void>;
}

export async function startKillable(): Promise<Killable> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-kill-'));
  let reply: (asked: Asked) => Script = () => ({ text: 'Hello.' });
  const provider = await startCompatible({ reply: ({ body }) => reply(lastOf(body)) });
  const post = await startPostBox();
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres(join(folder, 'postgres'));
  const { url } = postgres;
  const port = await freePort();
  const environment = {
    ...{ PATH: process.env.PATH, NODE_ENV: 'test', PORT: String(port), BASE_URL: `http://localhost:${port}` },
    ...{ DATABASE_URL: url, DATABASE_LOGIN_SHARDS: String(shards), STANDBY_TENANTS: '1', VAR_DIR: join(folder, 'var') },
    ...{ MASTER_KEY: process.env.MASTER_KEY, SESSION_SECRET: process.env.SESSION_SECRET, EMBEDDER: 'off' },
    ...{ OPENAI_COMPATIBLE_BASE_URL: provider.url, OPENAI_COMPATIBLE_API_KEY: 'test-key', LOG_LEVEL: 'silent' },
    ...{ TEST_POST_BOX: post.url, LLM_TURN_SECONDS: '60', TRUST_PROXY: '127.0.0.1' },
  };
  const hook = projectPath('dist', 'test', 'features', 'conversations', 'crash-tools.js');
  let child: ChildProcess | undefined;
  const workers = new Set<Worker>();

  const run = (program: 'server.js' | 'worker.js', role: 'all' | 'web' | 'worker') => {
    const args = ['--import', hook, projectPath('dist', 'src', program)];
    const env = { ...environment, PROCESS_ROLE: role };
    return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 2] });
  };
  const start = async (role: 'all' | 'web' = 'all') => {
    const started = run('server.js', role);
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.stdout?.on('data', (said) => String(said).includes('is open at') && resolve());
      started.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child) await end(child, signal);
  };
  const startWorker = (): Worker => {
    const running = run('worker.js', 'worker');
    const worker: Worker = {
      signal: (signal) => void running.kill(signal),
      async kill() {
        workers.delete(worker);
        await end(running, 'SIGKILL');
      },
    };
    workers.add(worker);
    return worker;
  };
  /** Each by a connection of its own: they all break when Postgres is killed. */
  const query = async (text: string, values: unknown[] = []) => {
    const client = new pg.Client(url);
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  };
  await start();
  const { alice, schema } = await furnish({ url, port, query });
  const { rows } = await query(`select id from ${schema}.agents order by created_at limit 1`);
  await query(`update ${schema}.agents set tools = '{search_knowledge,add_document,post_letter}'`);
  return {
    ...{ alice, schema, url, query, kill, start, startWorker },
    agent: String(rows[0]?.id),
    says: (next) => {
      reply = next;
    },
    signal: (signal) => void child?.kill(signal),
    async killPostgres() {
      const where = join(folder, 'postgres', 'where-the-data-is.txt');
      const home = existsSync(where) ? readFileSync(where, 'utf8').trim() : join(folder, 'postgres');
      const pid = Number(readFileSync(join(home, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      await until('Postgres is gone', async () => !isRunning(pid));
      await until('Postgres starts again', async () => {
        const started = await startEmbeddedPostgres(join(folder, 'postgres')).catch(() => undefined);
        if (started) postgres = started;
        return started !== undefined;
      });
      assert.equal(postgres.url, url);
    },
    letters: post.letters,
    holdLetters: post.hold,
    async close() {
      for (const worker of workers) await worker.kill();
      await kill('SIGTERM');
      await postgres.stop();
      await postgres.remove();
      await Promise.all([provider.close(), post.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function end(dying: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (dying.exitCode !== null || dying.signalCode !== null) return;
  const ended = new Promise((resolve) => dying.once('exit', resolve));
  dying.kill(signal);
  await ended;
}

interface Bare {
  readonly url: string;
  readonly port: number;
  query(text: string, values?: unknown[]): Promise<pg.QueryResult>;
}

async function furnish({ url, port, query }: Bare): Promise<{ alice: Person; schema: string }> {
  openDatabases({ address: parseAddress(url), secret: deploymentKey('database'), shards, perShard: 2 });
  const admin = new pg.Client(url);
  await admin.connect();
  const origin = `http://localhost:${port}`;
  const { openWorkspace } = await import('../../../src/features/workspaces/opening.js');
  const server = { origin, database: { admin }, close: async () => {} } as unknown as Parameters<
    typeof insertPerson
  >[0];
  const { id } = await insertPerson(server, 'alice');
  await until('a workspace stands by', async () => {
    const from = { requestId: 'opening', address: '203.0.113.9' };
    return openWorkspace({ name: 'Acme', owner: { id, name: 'alice' }, origin: from }).then(
      () => true,
      () => false,
    );
  });
  await closeDatabases();
  await admin.end();
  const { rows } = await query('select id from shared.tenants order by created_at desc limit 1');
  const alice = new Person(origin, '203.0.113.9');
  const answer = await signIn(alice, 'alice');
  assert.equal(answer.status, 303, answer.text);
  return { alice, schema: String(rows[0]?.id) };
}

/** Answers nobody while it is held: whoever posts a letter then does not learn that it arrived. */
async function startPostBox() {
  const letters: string[] = [];
  const waiting = new Set<ServerResponse>();
  let held = false;
  const server: Server = createServer((request, response) => {
    letters.push((request.url ?? '').slice(1));
    if (held) waiting.add(response);
    else response.end('posted');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    letters,
    hold(on: boolean) {
      held = on;
      if (on) return;
      for (const response of waiting) response.end('posted');
      waiting.clear();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Asked {
  readonly question: string;
  readonly returned: boolean;
}

function lastOf(body: unknown): Asked {
  const { messages } = body as { messages: { role: string; content: string | null }[] };
  const spoken = messages.filter(({ role }) => role === 'user' || role === 'tool');
  const question = spoken.findLast(({ role }) => role === 'user')?.content ?? '';
  return { question, returned: spoken.at(-1)?.role === 'tool' };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createProbe().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
