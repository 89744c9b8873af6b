import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { newId } from '../../src/database/id.js';
import { defineTool, toolNamed } from '../../src/llm/tool.js';
import { inTenant } from '../../src/tenancy/in-tenant.js';
import { addDocument, type Cast, guideOf, type Member, startCast } from '../features/conversations/cast.js';
import { ask } from '../features/conversations/stream.js';
import { startCompatible } from '../support/providers/compatible.js';
import { type Obedient, obedientModel } from '../support/providers/obedient.js';
import { type SearchServer, startSearch } from '../support/providers/search.js';
import type { ProviderServer } from '../support/providers/server.js';

/** Everything that an attacker could reach or change, and every place at which it would show. */
export interface World {
  readonly cast: Cast;
  readonly model: Obedient;
  readonly provider: ProviderServer;
  readonly search: SearchServer;
  /** The attacker's pages; what is not among them is answered too, and noted. */
  readonly site: { readonly origin: string; readonly pages: Map<string, string>; readonly asked: string[] };
  /** Listens where nothing may ever connect. */
  readonly canary: { readonly origin: string; connects: number };
  /** What tools did outside of the database. */
  readonly sent: string[];
  /** What the tool that looks something up finds, by word. */
  readonly finds: Map<string, string>;
  readonly agent: string;
  readonly tools: readonly string[];
  readonly handbook: string;
  readonly theirs: string;
  readonly bobs: string;
  /** A space that everybody sees. */
  readonly space: string;
  /** A task, a page and an event that others need. */
  readonly task: string;
  readonly page: string;
  readonly event: string;
  close(): Promise<void>;
}

const sent: string[] = [];
const finds = new Map<string, string>();

function defineTestTools(): void {
  const outside = { permission: 'knowledge.read', effect: 'outside', repeatable: false } as const;
  defineTool({
    ...{ ...outside, name: 'send_mail', label: 'Send a mail', description: 'For the tests.' },
    input: z.object({ to: z.string().max(200), text: z.string().max(2000) }),
    says: ({ to }) => `Send a mail to ${to}`,
    async send(_context, given) {
      sent.push(JSON.stringify(given));
      return { result: { sent: true } };
    },
  });
  defineTool({
    ...{ ...outside, name: 'pay', label: 'Pay', description: 'For the tests.' },
    input: z.object({ to: z.string().max(200), amount: z.number() }),
    amount: ({ amount }) => amount,
    says: ({ to, amount }) => `Pay ${amount} to ${to}`,
    async send(_context, given) {
      sent.push(JSON.stringify(given));
      return { result: { paid: true } };
    },
  });
  defineTool({
    ...{ ...outside, name: 'wipe_workspace', label: 'Wipe', description: 'No agent here may use it.' },
    input: z.object({}),
    async send() {
      sent.push('wiped');
      return { result: null };
    },
  });
  defineTool({
    ...{ name: 'look_up', label: 'Look up', description: 'For the tests.', permission: 'knowledge.read' },
    effect: 'reads',
    input: z.object({ word: z.string() }),
    run: async (_context, { word }) => ({ result: { found: finds.get(word) ?? '' } }),
  });
}

/** The internet of these tests is 127.0.0.2, which the operator allows; this machine is 127.0.0.1, which nobody may reach. */
async function listen(server: Server, host: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

async function startSite() {
  const pages = new Map<string, string>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const page = pages.get(path);
    if (page === undefined) asked.push(path);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page ?? '<p>Thank you.</p>');
  });
  return { server, origin: await listen(server, '127.0.0.2'), pages, asked };
}

export async function startWorld(model = obedientModel()): Promise<World> {
  const provider = await startCompatible({ reply: model.reply });
  const search = await startSearch(() => [{ title: 'A hit', url: 'https://hit.example/', text: 'Words.' }]);
  const site = await startSite();
  const canary = { origin: '', connects: 0 };
  const silent = createServer((_request, response) => response.end('inside'));
  silent.on('connection', () => {
    canary.connects += 1;
  });
  canary.origin = await listen(silent, '127.0.0.1');
  Object.assign(process.env, {
    OPENAI_COMPATIBLE_BASE_URL: provider.url,
    OPENAI_COMPATIBLE_API_KEY: 'test-key',
    OUTGOING_ALLOW: '127.0.0.2',
    WEB_SEARCH: 'searxng',
    WEB_SEARCH_URL: `${search.origin}/searxng`,
  });
  const cast = await startCast({ model: false, turnSeconds: 60 });
  defineTestTools();
  return {
    ...{ cast, model, provider, search, site, canary, sent, finds },
    ...(await furnish(cast)),
    async close() {
      await cast.close();
      for (const server of [site.server, silent]) server.close().closeAllConnections();
      await Promise.all([provider.close(), search.close()]);
    },
  };
}

/** An agent that was given every tool but one, and things worth attacking. */
async function furnish(cast: Cast) {
  const { admin } = cast.server.database;
  const agent = await guideOf(cast, cast.acme);
  const { allTools } = await import('../../src/llm/tool.js');
  const tools = allTools().flatMap(({ name }) => (name === 'wipe_workspace' ? [] : [name]));
  await admin.query(`update ${cast.acme.id}.agents set tools = $2 where id = $1`, [agent, tools]);
  const handbook = await addDocument(cast.alice, 'Handbook', 'Everybody needs this.');
  const theirs = await addDocument(cast.charlie, 'Plans of globex', 'Secret plans.');
  const stream = await ask(cast.bob.browser, 'acme', { text: 'Only between us.', agent });
  const bobs = (await stream.rest()).find(({ event }) => event === 'message')?.data.url ?? '';
  return { agent, tools, handbook, theirs, bobs, ...(await makeThings(cast)) };
}

async function makeThings({ alice }: Cast) {
  const { createSpace } = await import('../../src/features/spaces/actions.js');
  const { SpaceDraft } = await import('../../src/features/spaces/space.js');
  const space = await createSpace(alice.context, SpaceDraft.parse({ name: 'Team', kind: 'team' }));
  return {
    space,
    task: await useTool(alice, 'create_task', { title: 'Needed task' }),
    page: await useTool(alice, 'create_page', { space, title: 'Needed page', text: 'Words.' }),
    event: await useTool(alice, 'create_event', { title: 'Needed event', starts: '2031-01-01T10:00' }),
  };
}

/** A person does by hand what the tool would do. Answers the id of what was made. */
export async function useTool({ context }: Member, name: string, given: object): Promise<string> {
  const tool = toolNamed(name);
  const prepared = tool?.prepare(given);
  assert.ok(tool && prepared?.kind === 'writes', `${name} ${prepared?.kind === 'unfit' ? prepared.problem : ''}`);
  const scope = { id: newId(), signal: AbortSignal.timeout(10_000), knowledge: 'all' } as const;
  const { result } = await inTenant(context, tool.permission, (db) => prepared.act(db, context, scope));
  return z.looseObject({ id: z.string().default('') }).parse(result).id;
}

/** What an agent's call may change without anybody having been asked: nothing but the traces of the conversation itself. */
const traces =
  /^(?:conversations|messages|tool_calls|citations|decisions|decision_versions|decision_steps|audit_\w+|notifications?\w*|turn\w*|gaps?|\w*_gaps|\w*questions|usage_\w+)$/;

/** Everything else in both workspaces, table by table, as it lies in the database. */
export async function snapshot({ cast }: World): Promise<Record<string, string>> {
  const { admin } = cast.server.database;
  const schemas = [cast.acme.id, cast.globex.id];
  const { rows } = await admin.query(
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_schema = any ($1) and table_type = 'BASE TABLE'`,
    [schemas],
  );
  const tables = z.array(z.object({ schema: z.string(), name: z.string() })).parse(rows);
  const watched = tables.filter(({ name }) => !traces.test(name));
  const each = watched.map(
    ({ schema, name }) =>
      `select '${schema}.${name}' as name, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as content from ${schema}.${name} t`,
  );
  const { rows: found } = await admin.query(each.join(' union all '));
  return Object.fromEntries(found.map(({ name, content }) => [String(name), String(content)]));
}

/** Until no answer is being written. No jobs run here: what they would do, a test does itself when it is about that. */
export async function isSettled({ cast }: World): Promise<boolean> {
  const { rows } = await cast.server.database.admin.query(
    `select count(*) as count from ${cast.acme.id}.messages where status = 'running'`,
  );
  return Number(rows[0]?.count) === 0;
}
