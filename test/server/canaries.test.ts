import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { config, projectPath } from '../../src/config.js';
import { loginPassword, role } from '../../src/database/roles.js';
import { Person } from '../features/accounts/people.js';
import { type Canary, leaks, type Sink } from '../support/canaries.js';
import { openTestDatabase, shards, type TestDatabase } from '../support/database.js';
import { startCompatible } from '../support/providers/compatible.js';
import type { ProviderServer } from '../support/providers/server.js';
import { postgresLog } from '../support/run-search.js';
import type { Answer } from '../support/visitor.js';

/** What nobody may see anywhere. */
const secret = {
  password: 'canary plover under nine lamps',
  wrongPassword: 'canary curlew under ten lamps',
  newPassword: 'canary dunlin under four lamps',
  modelKey: 'canary-model-key-4711-0815',
  sessionSecret: 'canary-7gQ2-session-secret-9xKd41-bmTz',
};
/** What belongs to its workspace. */
const content = {
  prompt: 'canary-prompt-heron',
  answer: 'canary-answer-egret',
  document: 'canary-document-ibis',
  fileName: 'canary-file-stork',
  search: 'canary-search-crane',
  task: 'canary-task-bittern',
  comment: 'canary-comment-spoonbill',
  page: 'canary-page-avocet',
  event: 'canary-event-godwit',
  instructions: 'canary-instructions-ruff',
  report: 'canary-report-knot',
};
const email = 'canary-mailbox@birds.test';
const folder = mkdtempSync(join(tmpdir(), 'bailiwick-canaries-'));
let database: TestDatabase;
let provider: ProviderServer;
let product: ChildProcess;
let output = '';
const answers: Answer[] = [];
const mailed = { codes: [] as string[], tokens: [] as string[] };
const cookies = new Set<string>();
const formTokens = new Set<string>();

before(async () => {
  database = await openTestDatabase({ tenants: 2, open: false });
  provider = await startCompatible({
    // First it fails, in the way that repeats what it was asked.
    reply: (_request, count) =>
      count === 0 ? { fault: { kind: 'status', status: 500 } } : { text: `Birds. ${content.answer}` },
  });
  product = spawn(process.execPath, ['--enable-source-maps', projectPath('dist', 'src', 'server.js')], {
    env: {
      ...process.env,
      ...{ NODE_OPTIONS: '', LOG_LEVEL: 'debug', VAR_DIR: join(folder, 'var'), STANDBY_TENANTS: '0' },
      ...{ SESSION_SECRET: secret.sessionSecret, OPENAI_COMPATIBLE_API_KEY: secret.modelKey },
      ...{ OPENAI_COMPATIBLE_BASE_URL: provider.url, LLM_ORDER: 'compatible' },
    },
  });
  for (const stream of [product.stdout, product.stderr]) stream?.on('data', (text) => (output += String(text)));
  await until('the product is open', () => output.includes('is open at'));
});
after(async () => {
  if (product?.exitCode === null) {
    product.kill('SIGTERM');
    await once(product, 'exit');
  }
  await provider?.close();
  await database?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A process of its own starts and works while others do: a minute, where a second is usual. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline && product.exitCode === null, `${what}: never. ${output.slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Keeps what it is answered, and which cookies and form tokens it is given. */
class Witness extends Person {
  override async send(path: string, init: RequestInit): Promise<Answer> {
    const answer = await super.send(path, init);
    answers.push(answer);
    for (const name of ['session', 'device']) {
      const value = this.cookies.get(name);
      if (value) cookies.add(decodeURIComponent(value)).add(value);
    }
    for (const [, token = ''] of answer.text.matchAll(/name="_csrf" value="([^"]+)"/g)) formTokens.add(token);
    return answer;
  }
}

const newWitness = (at: number) => new Witness(config().origin, `203.0.113.${at}`);

function mails(): string[] {
  const path = join(folder, 'var', 'mails');
  const names = (existsSync(path) ? readdirSync(path) : []).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => readFileSync(join(path, name), 'utf8'));
}

async function inMail(pattern: RegExp): Promise<string> {
  const find = () => mails().flatMap((mail) => pattern.exec(JSON.parse(mail).text)?.[0] ?? [])[0] ?? '';
  await until(`a mail says ${pattern}`, () => find() !== '');
  return find();
}

async function link(path: string): Promise<string> {
  const found = await inMail(new RegExp(`/${path}/[\\w-]{43}`));
  mailed.tokens.push(found.split('/').at(-1) ?? '');
  return found;
}

const must = async (answer: Promise<Answer>, status = 303): Promise<Answer> => {
  const { status: got, text } = await answer;
  assert.equal(got, status, text.slice(text.indexOf('<main')).slice(0, 2000));
  return answer;
};

async function signUp(person: Witness): Promise<string> {
  const fields = { email, username: 'canary', password: secret.password, workspaceName: 'Birds' };
  await must(person.submit('/sign-up', fields));
  const { location } = await must(person.submit(await link('verify-email'), {}));
  return location;
}

/** By a wrong password, by a code and a wrong one, by a link to choose another password. */
async function signInEveryWay(): Promise<void> {
  const person = newWitness(2);
  await must(person.submit('/sign-in', { login: email, password: secret.wrongPassword }), 401);
  await must(person.submit('/sign-in/code', { login: email }));
  mailed.codes.push(await inMail(/^\d{6}$/m));
  await person.submit('/sign-in/code/entry', { code: mailed.codes[0] === '493817' ? '493818' : '493817' });
  await person.submit('/sign-in/code/entry', { code: mailed.codes[0] ?? '' });
  const other = newWitness(3);
  await must(other.submit('/recover', { login: email }));
  await must(other.submit(await link('recover'), { password: secret.newPassword }));
}

async function upload(person: Witness, home: string): Promise<void> {
  const body = new FormData();
  body.append('_csrf', await person.token('/profile'));
  body.append('files', new Blob([`Ibises. ${content.document}`]), `${content.fileName}.txt`);
  await must(person.send(`${home}/knowledge`, { method: 'POST', body, headers: { Origin: person.origin } }));
  await until('it was read', async () =>
    /data-stage="done"|badge ok/.test((await person.get(`${home}/knowledge`)).text),
  );
}

async function workWith(person: Witness, home: string): Promise<void> {
  const post = (path: string, fields: Record<string, string>) => person.submit('/profile', fields, `${home}${path}`);
  const made = await must(post('/agents', { name: 'Watcher', instructions: content.instructions, knowledge: 'all' }));
  const agent = made.location.split('/').at(-1) ?? '';
  await upload(person, home);
  for (const text of [`Which bird? ${content.prompt}`, `And which else? ${content.prompt}`]) {
    const { location } = await must(post('/conversations', { text, agent }));
    await until(
      'it was answered',
      async () => !/data-state="(running|waiting)"/.test((await person.get(location)).text),
    );
  }
  await until('the model answered', () => provider.requests.length >= 2);
  const task = await must(post('/tasks', { title: content.task, status: 'todo', priority: 'none' }));
  await must(person.submit('/profile', { text: content.comment }, `${task.location}/comments`));
  const day = { startDate: '2026-11-23', startTime: '10:00', endTime: '11:00', timeZone: 'UTC' };
  await must(post('/calendar/events', { title: content.event, ...day }));
  for (const place of ['knowledge', 'tasks', 'pages', 'conversations']) {
    await person.get(`${home}/${place}?q=${content.search}`);
  }
}

/** What goes wrong, with a canary in the middle of it: unread input, a constraint, a workspace that is not there. */
async function stumble(person: Witness, home: string): Promise<void> {
  const fields = { subject: content.report, text: content.report, from: '', name: '' };
  await must(newWitness(4).submit('/security/reports/new', fields, '/security/reports'));
  await person.get(`${home}/knowledge/${content.document}?token=${secret.password}`);
  await person.post(`${home}/tasks`, { title: content.task, _csrf: secret.password });
  await person.post(`${home}/tasks`, { title: content.task }, { origin: `https://${content.task}.test` });
  await person.get('/nothing', {
    cookie: `session=s%3A${'canary'.repeat(8)}.x`,
    authorization: `Bearer ${secret.modelKey}`,
  });
  await database.admin.query(`alter table shared.accounts add constraint no_birds check (name <> '${content.task}')`);
  const failed = await person.submit('/profile', { name: content.task, username: 'canary' });
  assert.equal(failed.status, 500);
  const body = `{"csp-report":{"document-uri":"${config().origin}/${content.page}","effective-directive":"img-src"}}`;
  await person.send('/csp-reports', { method: 'POST', body, headers: { 'content-type': 'application/csp-report' } });
}

async function rows(statement: string): Promise<string> {
  const { rows: found } = await database.admin.query(statement);
  return JSON.stringify(found);
}

/** It is the whole run's; what was planted here has names of its own. */
function logOfPostgres(): string {
  const text = readFileSync(join(process.env.TEST_LOGS ?? '', postgresLog), 'utf8');
  assert.match(text, /violates check constraint "no_birds"/, 'the row that was refused is told there');
  return text;
}

async function sinks(): Promise<Sink[]> {
  const stranger = newWitness(9);
  const open = ['/status', '/status.json', '/security', '/security/claims.json', '/health', '/ready', '/docs/running'];
  const pages: Answer[] = [];
  for (const path of open) pages.push(await stranger.get(path));
  const { rows: tenants } = await database.admin.query(`select id from shared.tenants where status = 'active'`);
  const audit = tenants.map(({ id }) => rows(`select details, subject_id, actor_name, event from ${id}.audit_events`));
  return [
    { name: 'log', text: output },
    { name: 'addresses', text: answers.map(({ location }) => location).join('\n') },
    { name: 'errors', text: answers.map(({ status, text }) => (status >= 400 ? text : '')).join('\n') },
    { name: 'public pages', text: pages.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n') },
    { name: 'mails', text: mails().join('\n') },
    { name: 'jobs', text: await rows('select payload, last_error, key from graphile_worker._private_jobs') },
    { name: 'log of Postgres', text: logOfPostgres() },
    { name: 'audit', text: (await Promise.all(audit)).join('\n') },
    { name: 'platform events', text: await rows('select * from shared.platform_events') },
    { name: 'reports of browsers', text: await rows('select * from shared.policy_reports') },
  ];
}

function planted(): Canary[] {
  const key = process.env.MASTER_KEY ?? '';
  const logins = [
    role.web,
    role.worker,
    role.provisioner,
    ...Array.from({ length: shards }, (_, at) => role.login(at)),
  ];
  const never: [string, string][] = [
    ...Object.entries(secret),
    ...[...cookies].map((value): [string, string] => ['cookie', value]),
    ...logins.map((name): [string, string] => [`password of ${name}`, loginPassword(database.secret, name)]),
    ['master key', key],
    ['master key, as bytes', Buffer.from(key, 'base64').toString('latin1')],
    ['password of the database', String(database.address.password)],
  ];
  return [
    ...never.map(([what, value]) => ({ what, value })),
    ...Object.entries(content).map(([what, value]) => ({ what, value })),
    ...mailed.codes.map((value) => ({ what: 'code', value, allowed: ['mails'] })),
    ...mailed.tokens.map((value) => ({ what: 'link', value, allowed: ['mails'] })),
    // A form that is shown again has its token.
    ...[...formTokens].map((value) => ({ what: 'form token', value, allowed: ['errors'] })),
    // Who typed it is shown it again.
    { what: 'address', value: email, allowed: ['mails', 'errors'] },
  ];
}

test('what is secret or somebody’s is in no log, address, error, page, mail or job where it does not belong (CR-6, V13.4.2, V14.2.1, V16.2.5, V16.5.1)', async () => {
  const person = newWitness(1);
  const home = await signUp(person);
  await workWith(person, home);
  await stumble(person, home);
  await signInEveryWay();
  const all = await sinks();
  const canaries = planted();
  assert.ok(canaries.length > 40 && cookies.size > 4 && mailed.tokens.length === 2, `${canaries.length}`);
  assert.ok(
    all.every(({ name, text }) => text.length > 10 || name === 'jobs'),
    all.map(({ text }) => text.length).join(),
  );
  assert.deepEqual(leaks(canaries, all), []);
  const errors = all.find(({ name }) => name === 'errors')?.text ?? '';
  assert.doesNotMatch(
    errors,
    /\n\s+at \S+ \(|\.js:\d|no_birds|violates|select .* from|node_modules/,
    'nothing from inside',
  );
  // The same search finds each of them where it is put, in each of its forms.
  for (const canary of canaries.filter(({ value }) => value.length > 12)) {
    for (const form of [canary.value, encodeURIComponent(canary.value), JSON.stringify({ a: [canary.value] })]) {
      const [found] = leaks([canary], [{ name: 'log', text: `${output}${form}` }]);
      assert.ok(found?.startsWith(`${canary.what} in log`), canary.what);
    }
    for (const before of ['', 'x', 'xy']) {
      const text = Buffer.from(`${before}${canary.value}z`).toString('base64');
      assert.equal(leaks([canary], [{ name: 'log', text }]).length, 1, `${canary.what} ${before}`);
    }
  }
});

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly requestId?: string;
  readonly route?: string;
  readonly status?: number;
  readonly event?: string;
}

test('each line of that log says what, when and where, who asked, and by which request (V16.2.1, V16.2.2, V16.2.4, V16.3.3, V16.3.4)', () => {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  const others = output.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  assert.ok(
    others.every((line) => /^(Bailiwick is open at|Mail is captured)/.test(line)),
    others.join('\n'),
  );
  const parsed: Line[] = lines.map((line) => JSON.parse(line));
  for (const { time, level, msg } of parsed) {
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(level && msg);
  }
  const requests = parsed.filter(({ msg }) => msg === 'request');
  assert.ok(requests.length > 30);
  for (const { requestId, route, status } of requests) assert.ok(requestId && route && status);
  // Refusals and failures are there, with the request that they belong to (V16.3.3, V16.3.4).
  assert.ok(parsed.some(({ event, requestId }) => event === 'refused' && requestId));
  assert.ok(parsed.some(({ level, msg, requestId }) => level === 'error' && msg === 'a request failed' && requestId));
});

test('what Nginx writes of a request is facts alone: no query, no header, no cookie, no long token (CR-6, V14.2.1, V16.2.5)', () => {
  const template = readFileSync(projectPath('nginx', 'bailiwick.conf.template'), 'utf8');
  const formats = [...template.matchAll(/log_format\s+(\w+)[^;]*;/g)];
  assert.deepEqual(
    formats.map(([, name]) => name),
    ['bailiwick'],
  );
  const written = new Set([...(formats[0]?.[0] ?? '').matchAll(/\$(\w+)/g)].map(([, name]) => name));
  const telling = [...written].filter(
    (name) =>
      /^(request|request_uri|uri|args|query_string|arg_|http_|cookie_|sent_http_|upstream_http_)/.test(name ?? '') &&
      name !== 'request_id' &&
      name !== 'request_method' &&
      name !== 'request_time',
  );
  assert.deepEqual(telling, []);
  const named = [...template.matchAll(/access_log\s+(\S+?)(?:\s+(\w+))?;/g)].map(([, place, format]) =>
    place === 'off' ? 'bailiwick' : format,
  );
  assert.ok(named.length > 0 && named.every((name) => name === 'bailiwick'), 'each log has that format');
  // The path that is written is this map's, and this is its rule.
  const rule = /map \$bailiwick_path \$bailiwick_logged_path \{[^}]*"~(\^[^"]+)"/.exec(template)?.[1] ?? '(?!)';
  const cut = new RegExp(rule);
  for (const token of mailed.tokens) assert.ok(cut.test(`/recover/${token}`) && cut.test(`/a/${token}/b`), token);
  assert.equal(cut.test('/w/acme/tasks'), false);
});
