import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { configurationDefaults, projectPath } from '../../../src/config.js';
import { codeMinutes, triesPerCode } from '../../../src/features/accounts/codes/code.js';
import { contextWords, passwordProblem } from '../../../src/features/accounts/password-rules.js';
import { waysOf } from '../../../src/features/accounts/proof/ways.js';
import { newCodes } from '../../../src/features/accounts/recovery-codes/recovery-code.js';
import { firstFactors } from '../../../src/features/accounts/sign-in/first-step.js';
import { guides } from '../../../src/features/docs/guides.js';
import { sectionsIn } from '../../../src/features/docs/rendering.js';
import { routes } from '../../../src/http/route.js';
import { allTools } from '../../../src/llm/tool.js';
import { categories } from '../../../src/tenancy/events.js';
import { allows, permissions, roles } from '../../../src/tenancy/permissions.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { Visitor } from '../../support/visitor.js';
import { goodPassword, insertPerson, newPerson, type Person, signIn, signUp } from '../accounts/people.js';

let server: TestServer;
/** Each page as it is sent, and its article alone. */
const pages = new Map<string, string>();

before(async () => {
  server = await startTestServer({ tenants: 2 });
  for (const { slug } of guides) {
    const { status, text } = await new Visitor(server.origin).get(`/docs/${slug}`);
    assert.equal(status, 200, `${slug} ${text.slice(0, 200)}`);
    pages.set(slug, text);
  }
});
after(() => server?.close());

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#34;': '"',
  '&#39;': "'",
};
const plain = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity)
    .replace(/\s+/g, ' ')
    .trim();
const pageOf = (slug: string) => pages.get(slug) ?? '';
const wordsOf = (slug: string) => plain(pageOf(slug));
const section = (slug: string, id: string) =>
  new RegExp(`<h[23] id="${id}">[\\s\\S]*?(?=<h2 |<footer)`).exec(pageOf(slug))?.[0] ?? '';
const rowsIn = (html: string) =>
  [...html.matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = '']) => plain(cell)),
  );

/** The number that a guide says at this place. A guide that does not say it fails. */
function said(slug: string, pattern: RegExp): number {
  const found = pattern.exec(wordsOf(slug))?.[1];
  assert.ok(found, `${slug} does not say ${pattern}`);
  return Number(found);
}

const isIn = async (person: Person) => (await person.get('/profile/sessions')).status === 200;

async function signedIn(username: string): Promise<Person> {
  const person = newPerson(server);
  assert.equal((await signIn(person, username)).status, 303);
  return person;
}

test('every guide is in the index, has its file, and leads on to the next (GV-4)', async () => {
  const { text } = await new Visitor(server.origin).get('/docs');
  const linked = [...text.matchAll(/href="\/docs\/([\w-]+)"/g)].map(([, slug]) => slug);
  assert.deepEqual(
    linked,
    guides.map(({ slug }) => slug),
  );
  const files = readdirSync(projectPath('views', 'docs', 'guides')).map((name) => name.replace('.ejs', ''));
  assert.deepEqual(files.sort(), guides.map(({ slug }) => slug).sort());
  for (const [at, { slug }] of guides.entries()) {
    const [previous, next] = [guides[at - 1], guides[at + 1]];
    assert.equal(pageOf(slug).includes(`rel="prev" href="/docs/${previous?.slug}"`), previous !== undefined, slug);
    assert.equal(pageOf(slug).includes(`rel="next" href="/docs/${next?.slug}"`), next !== undefined, slug);
  }
  assert.equal((await new Visitor(server.origin).get('/docs/nothing')).status, 404);
  const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8'));
  assert.match(text, new RegExp(`version ${version}`));
});

test('people find the guides from the landing page, from /security and from their account menu', async () => {
  const visitor = new Visitor(server.origin);
  for (const path of ['/', '/security']) assert.match((await visitor.get(path)).text, /href="\/docs"/, path);
  const person = newPerson(server);
  const home = await signUp(server, person, { email: 'reader@acme.test', username: 'reader' });
  assert.match((await person.get(home)).text, /class="menu-item" href="\/docs"/);
});

test('headings are in order, each with a name of its own, and the contents lead to them', () => {
  for (const [slug, text] of pages) {
    const article = /<article[\s\S]*<\/article>/.exec(text)?.[0] ?? '';
    const levels = [...article.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    assert.equal(levels[0], 1, slug);
    assert.equal(levels.filter((level) => level === 1).length, 1, slug);
    for (const [at, level] of levels.slice(1).entries()) {
      assert.ok(level > 1 && level <= (levels[at] ?? 0) + 1, `${slug} h${level}`);
    }
    assert.equal([...article.matchAll(/<h[23] id="/g)].length, levels.length - 1, `${slug}: a heading without a name`);
    const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, `${slug}: a name twice`);
    const contents = /<nav class="docs-contents"[\s\S]*?<\/nav>/.exec(text)?.[0] ?? '';
    const led = [...contents.matchAll(/href="#([\w-]+)"/g)].map(([, id]) => id);
    assert.deepEqual(
      led,
      [...article.matchAll(/<h2 id="([\w-]+)"/g)].map(([, id]) => id),
      slug,
    );
    assert.ok(led.length > 1, slug);
  }
});

test('every link inside leads somewhere, and to the place that it names', async () => {
  const known = new Map<string, string>();
  const visitor = new Visitor(server.origin);
  for (const [slug, text] of pages) {
    for (const [, href = ''] of text.matchAll(/<a [^>]*href="([^"]+)"/g)) {
      const [path = '', id] = href.split('#');
      assert.match(href, /^(\/|#)/, `${slug} leads elsewhere: ${href}`);
      const target = path === '' ? `/docs/${slug}` : path;
      const shown = known.get(target) ?? (await visitor.get(target)).text;
      known.set(target, shown);
      const isRoute = routes().some((route) => route.method === 'GET' && route.path === target);
      assert.ok(isRoute || pages.has(target.replace('/docs/', '')), `${slug} leads to ${target}`);
      if (id) assert.ok(shown.includes(` id="${id}"`), `${slug} leads to ${href}`);
    }
  }
});

test('search finds words in titles, headings and text, marks them, and says when there is nothing', async () => {
  const visitor = new Visitor(server.origin);
  const first = (text: string) => /<ol class="docs-found">[\s\S]*?href="([^"]+)"/.exec(text)?.[1];
  const found = await visitor.get('/docs?q=Recovery+CODES');
  assert.equal(first(found.text), '/docs/signing-in#recovery-codes');
  assert.match(found.text, /<mark>recovery<\/mark>/i);
  assert.equal(first((await visitor.get('/docs?q=max_locks_per_transaction')).text), '/docs/running#backups');
  assert.match((await visitor.get('/docs?q=restoring')).text, /href="\/docs\/running#restoring"/);
  const nothing = await visitor.get('/docs?q=%3Cscript%3Ezebra');
  assert.match(nothing.text, /Nothing was found/);
  assert.doesNotMatch(nothing.text, /<script>zebra/);
  assert.doesNotMatch((await visitor.get('/docs?q=&q=x')).text, /Nothing was found/);
  assert.equal((await visitor.get(`/docs?q=${'%28'.repeat(90)}`)).status, 200);
});

test('a section is its heading and what follows, and what stands before the first one is kept', () => {
  assert.deepEqual(
    sectionsIn('<p>Before.</p><h2 id="a">A &amp; b</h2><p>One <b>two</b>.</p><h3 id="c">C</h3>').map((each) => ({
      ...each,
    })),
    [
      { id: '', level: 2, heading: '', text: 'Before.' },
      { id: 'a', level: 2, heading: 'A & b', text: 'One two.' },
      { id: 'c', level: 3, heading: 'C', text: '' },
    ],
  );
});

test('V6.1.1: the documented number of free tries is the one after which a sign-in has to wait', async () => {
  await insertPerson(server, 'guessed');
  const free = Number(/data-count="login and network">[\s\S]*?<td>(\d+)<\/td>/.exec(pageOf('authentication'))?.[1]);
  const { admin } = server.database;
  const wait = async () => {
    const { rows } = await admin.query(
      `select extract(epoch from max(wait_until - last_at)) as seconds from shared.sign_in_tries where wait_until > '-infinity'`,
    );
    return rows[0].seconds === null ? 0 : Number(rows[0].seconds);
  };
  const person = newPerson(server);
  for (let at = 1; at <= free; at += 1) {
    assert.equal(await wait(), 0, `before try ${at}`);
    assert.equal((await signIn(person, 'guessed', `wrong password ${at} of many`)).status, 401, String(at));
  }
  assert.equal(await wait(), 1, 'a second');
  await admin.query(`update shared.sign_in_tries set wait_until = now() + interval '1 hour' where failures = $1`, [
    free,
  ]);
  const answer = await signIn(person, 'guessed');
  assert.equal(answer.status, 429, 'also with the right password');
  assert.ok(Number(answer.headers.get('retry-after')) > 3000);
  await admin.query(`update shared.sign_in_tries set failures = 60, wait_until = now() - interval '1 second'`);
  assert.equal((await signIn(person, 'guessed', 'wrong password after a long while')).status, 401);
  assert.equal((await wait()) / 60, said('authentication', /up to (\d+) minutes; the answer is 429/));
  await admin.query('delete from shared.sign_in_tries');
  assert.equal(said('authentication', /A mailed code: (\d+) tries/), triesPerCode);
  assert.equal(said('authentication', /tries, (\d+) minutes, one use/), codeMinutes);
});

test('V6.1.2: each kind of word in the documented list is refused in a password, and nothing else is listed', () => {
  const list = /<ul id="context-words">([\s\S]*?)<\/ul>/.exec(pageOf('authentication'))?.[1] ?? '';
  const listed = [...list.matchAll(/<li>([\s\S]*?)<\/li>/g)].map(([, word = '']) => plain(word));
  const owner = { email: 'quillfeather@zanzibarlamps.test', username: 'umbrellaowl', workspaceName: 'Kettlebrook' };
  const other = { email: 'somebody@else.test', username: 'nobody', workspaceName: 'Nowhere' };
  assert.deepEqual(listed, Object.keys(contextWords));
  for (const word of listed) {
    const secret = `${contextWords[word]?.(owner)} 31 ${contextWords[word]?.(owner)}`;
    assert.match(passwordProblem(secret, owner) ?? '', /mostly your own names/, word);
    if (word !== 'the name of this product') assert.doesNotMatch(passwordProblem(secret, other) ?? '', /names/, word);
  }
});

test('V6.1.3: the documented ways in are all there are, each at a route that is mounted', async () => {
  const first = [...section('authentication', 'ways-in').matchAll(/data-way="([\w-]+)"/g)].map(([, name]) => name);
  const person = await insertPerson(server, 'wayfarer');
  assert.deepEqual(first.slice(0, firstFactors.length), [...firstFactors]);
  const named = first.slice(firstFactors.length);
  for (const way of await waysOf({ ...person, name: 'wayfarer' }, 'proof'))
    assert.ok(named.includes(way.name), way.name);
  const files = readFileSync(projectPath('src/features/accounts/proof/way.ts'), 'utf8');
  const declared = [...(/type WayName = ([^;]+);/.exec(files)?.[1] ?? '').matchAll(/'([\w-]+)'/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual([...named].sort(), declared.sort());
  const taken = [...section('authentication', 'ways-in').matchAll(/<code>(POST [^<]+)<\/code>/g)].map(
    ([, route = '']) => route,
  );
  const mounted = routes().map(({ method, path }) => `${method} ${path}`);
  // The two providers are mounted where they are set up.
  const providers = ['POST /sign-in/google', 'POST /sign-in/github', 'POST /sign-up/finish'];
  for (const route of taken) assert.ok(mounted.includes(route) || providers.includes(route), route);
  const asking = ['/sign-in/code', '/sign-in/passkey/challenge', '/sign-up', '/sign-up/resend', '/recover'];
  const second = ['/login/verify/:challenge', '/login/verify/:challenge/passkey'];
  const open = routes().filter(
    ({ method, path, access, oneClick }) =>
      method === 'POST' && access === 'public' && !oneClick && !path.startsWith('/security/'),
  );
  const unnamed = open.map(({ path }) => path).filter((path) => !taken.includes(`POST ${path}`));
  assert.deepEqual(unnamed.sort(), [...asking, ...second].sort(), 'a public form that the guide does not name');
});

test('V6.4.4: what is said of lost factors holds: codes, link, and what nobody can do', async () => {
  assert.equal(said('authentication', /one of (\d+) recovery codes/), newCodes().length);
  assert.match(wordsOf('authentication'), /does not skip the second step/);
  const mounted = routes().map(({ method, path }) => `${method} ${path}`);
  const ofOthers = mounted
    .filter((route) => /^POST \/(platform\/accounts|w\/:workspace\/members)\/:id\//.test(route))
    .sort();
  assert.deepEqual(ofOthers, [
    'POST /platform/accounts/:id/recovery',
    'POST /platform/accounts/:id/sessions-end',
    'POST /w/:workspace/members/:id/access',
    'POST /w/:workspace/members/:id/removal',
    'POST /w/:workspace/members/:id/role',
    'POST /w/:workspace/members/:id/roles',
  ]);
  const person = await insertPerson(server, 'loser');
  await server.database.admin.query(
    `insert into shared.authenticators (account_id, sealed_secret, confirmed_at) values ($1, 'x', now())`,
    [person.id],
  );
  const answer = await signIn(newPerson(server), 'loser');
  assert.match(answer.location, /^\/login\/verify\//, 'the second step is asked for');
});

const lifetimes = () => {
  const [, everywhere] = rowsIn(section('authentication', 'timeouts'));
  const [idle = 0, most = 0] = (everywhere ?? []).slice(1).map((cell) => Number.parseInt(cell, 10));
  return { idle, most };
};

async function move(username: string, { idleSeconds = 0, ageSeconds = 0 }): Promise<void> {
  await server.database.admin.query(
    `update shared.sessions s
     set expire = s.expire - make_interval(secs => $2),
       sess = (s.sess::jsonb || jsonb_build_object('signedInAt', (s.sess ->> 'signedInAt')::bigint - $3::bigint))::json
     from shared.accounts a where a.id = s.account_id and a.username = $1`,
    [username, idleSeconds, ageSeconds * 1000],
  );
}

test('V7.1.1: sessions end after the documented times, and not a minute before', async () => {
  const { idle, most } = lifetimes();
  assert.equal(said('signing-in', /ends after (\d+) minutes without use/), idle);
  for (const [username, change, lives] of [
    ['idle-less', { idleSeconds: idle * 60 - 60 }, true],
    ['idle-more', { idleSeconds: idle * 60 + 2 }, false],
    ['old-less', { ageSeconds: most * 3600 - 60 }, true],
    ['old-more', { ageSeconds: most * 3600 + 1 }, false],
  ] as const) {
    await insertPerson(server, username);
    const person = await signedIn(username);
    await move(username, change);
    assert.equal(await isIn(person), lives, username);
  }
});

test('V7.1.2: there is no limit to sessions at the same time, all are listed, and all others can be ended', async () => {
  assert.match(wordsOf('authentication'), /no limit to how many sessions/);
  await insertPerson(server, 'many');
  const people: Person[] = [];
  for (let at = 0; at < 12; at += 1) people.push(await signedIn('many'));
  assert.deepEqual(
    await Promise.all(people.map(isIn)),
    people.map(() => true),
  );
  const [here] = people;
  assert.ok(here);
  const { text } = await here.get('/profile/sessions');
  assert.equal([...text.matchAll(/\/profile\/sessions\/[0-9a-f]{64}\/deletion/g)].length, people.length - 1);
  await here.submit('/profile/sessions', {}, '/profile/other-sessions/deletion');
  assert.deepEqual(
    await Promise.all(people.map(isIn)),
    people.map((person) => person === here),
  );
});

test('V7.1.3, V7.6.1: a session that began at a provider lives by our times alone, and no token of it is kept', async () => {
  const { idle, most } = lifetimes();
  const words = wordsOf('authentication');
  assert.match(
    words,
    new RegExp(`ends after ${idle} minutes without use and ${most} hours after the sign-in, whatever`),
  );
  for (const [username, ageSeconds, lives] of [
    ['federated-less', most * 3600 - 60, true],
    ['federated-more', most * 3600 + 1, false],
  ] as const) {
    await insertPerson(server, username);
    const person = await signedIn(username);
    await server.database.admin.query(
      `update shared.sessions s set sess = (s.sess::jsonb || '{"methods": ["google"]}')::json
       from shared.accounts a where a.id = s.account_id and a.username = $1`,
      [username],
    );
    await move(username, { ageSeconds });
    assert.equal(await isIn(person), lives, username);
  }
  const { rows } = await server.database.admin.query(
    `select column_name from information_schema.columns where table_schema = 'shared' and table_name = 'logins'`,
  );
  assert.ok(rows.length > 3, 'the table of connected logins');
  assert.deepEqual(
    rows.filter(({ column_name: name }) => /token|secret|refresh/.test(name)),
    [],
  );
});

test('V8.1.1: every route stands with its access, and the matrix is the one that decides', () => {
  const page = pageOf('authorization');
  const shown = [...page.matchAll(/data-route="([^"]+)" data-access="([^"]+)"/g)].map(
    ([, route, access]) => `${route} ${access}`,
  );
  assert.deepEqual(
    shown.sort(),
    routes()
      .map(({ method, path, access }) => `${method} ${path} ${access}`)
      .sort(),
  );
  const matrix = [...page.matchAll(/<tr data-permission="([\w.-]+)">([\s\S]*?)<\/tr>/g)];
  assert.equal(matrix.length, permissions.length);
  for (const [at, permission] of permissions.entries()) {
    const [, name, row = ''] = matrix[at] ?? [];
    assert.equal(name, permission);
    const cells = [...row.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, cell]) => cell === 'yes');
    assert.deepEqual(
      cells,
      roles.map((role) => allows(role, permission)),
      permission,
    );
  }
  const proofs = rowsIn(section('authorization', 'routes'))
    .filter(([, , proof]) => proof === 'yes')
    .map(([route]) => route);
  for (const route of ['POST /profile/email', 'POST /w/:workspace/members/:id/role', 'POST /profile/data/deletion'])
    assert.ok(proofs.includes(route), route);
});

test('V8.1.2: a field that the guide does not give to a form cannot be set by it, or read by who may not', async () => {
  const rows = rowsIn(section('authorization', 'fields'));
  const [, account = []] = rows.filter(([of]) => of === 'Account' || of === 'Of');
  assert.equal(account[1], 'name, username');
  assert.match(account[3] ?? '', /POST \/profile : whoever is signed in; your own/);
  const person = newPerson(server);
  const home = await signUp(server, person, { email: 'fields@acme.test', username: 'fields', workspaceName: 'Fields' });
  const before = await server.database.admin.query(`select * from shared.accounts where username = 'fields'`);
  const extra = {
    email: 'other@acme.test',
    password_hash: 'x',
    id: '00000000-0000-0000-0000-000000000000',
    short_password: 'true',
  };
  const saved = await person.submit('/profile', { name: 'Felicity', username: 'fields', ...extra });
  assert.equal(saved.status, 303);
  const after = await server.database.admin.query(`select * from shared.accounts where username = 'fields'`);
  assert.deepEqual(
    after.rows,
    before.rows.map((row) => ({ ...row, name: 'Felicity' })),
  );
  const guest = await insertPerson(server, 'lowly');
  const tenant = `(select id from shared.tenants where slug = '${home.split('/')[2]}')`;
  await server.database.admin.query(
    `insert into shared.memberships (tenant_id, account_id, role) values (${tenant}, $1, 'user')`,
    [guest.id],
  );
  const lowly = await signedIn('lowly');
  assert.equal((await lowly.get(home)).status, 200);
  for (const path of ['/members', `/members/${guest.id}`, '/members/names', '/settings', '/audit'])
    assert.equal((await lowly.get(`${home}${path}`)).status, 403, path);
  assert.equal((await lowly.get('/platform')).status, 404);
});

test('lists in the guides are those of the program: variables, tools, categories, tables, commands, placeholders', () => {
  const variables = [...pageOf('configuration').matchAll(/<th scope="row"><code>(\w+)<\/code>/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(variables.sort(), Object.keys(configurationDefaults()).sort());
  assert.doesNotMatch(wordsOf('configuration'), new RegExp(server.origin));
  const tools = [...section('what-agents-may-do', 'tools').matchAll(/<th scope="row">[^<]*<code>(\w+)<\/code>/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(
    tools,
    allTools().map(({ name }) => name),
  );
  assert.ok(tools.length > 5);
  const listed = [...section('audit', 'categories').matchAll(/<th scope="row"><code>([\w-]+)<\/code>/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(listed, [...categories]);
  const tables = [...pageOf('what-is-stored').matchAll(/data-table="(\w+)"/g)].map(([, name]) => name);
  const schema = readFileSync(projectPath('sql', 'tenant.schema.sql'), 'utf8');
  assert.deepEqual(
    tables,
    [...schema.matchAll(/^create table (?:\w+\.)?(\w+) \(/gm)].map(([, name]) => name),
  );
  const usage = readFileSync(projectPath('src', 'commands', 'main.ts'), 'utf8');
  const commands = [...usage.matchAll(/^ {2}((?:tenants|reports) \w+|migrate)\b/gm)].map(([, name = '']) => name);
  assert.ok(commands.length > 8);
  for (const command of commands) assert.ok(section('running', 'commands').includes(`<code>${command}`), command);
  const template = readFileSync(projectPath('nginx', 'bailiwick.conf.template'), 'utf8').replace(/^\s*#.*$/gm, '');
  const asked = [...new Set([...template.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => name))].sort();
  const explained = [...section('installing', 'nginx').matchAll(/<th scope="row"><code>([A-Z_]+)<\/code>/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(explained.sort(), asked);
});

test('the units and the settings of the installation guide name files and variables that are there', () => {
  const installing = wordsOf('installing');
  for (const file of installing.matchAll(/dist\/(src\/\w+)\.js/g))
    assert.ok(readFileSync(projectPath(`${file[1]}.ts`)), file[0]);
  const known = Object.keys(configurationDefaults());
  const set = /<h2 id="settings">[\s\S]*?<pre[^>]*><code>([\s\S]*?)<\/code>/.exec(pageOf('installing'))?.[1] ?? '';
  const names = [...set.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
  assert.ok(names.length > 8);
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
  );
  const { engines } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8'));
  assert.ok(installing.includes(engines.node) && installing.includes(engines.npm));
  assert.equal(goodPassword.length >= said('signing-in', /at least (\d+) characters/), true);
});
