import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { projectPath } from '../../../src/config.js';
import { codeMinutes, triesPerCode } from '../../../src/features/accounts/codes/code.js';
import { contextWords, passwordProblem } from '../../../src/features/accounts/password-rules.js';
import { waysOf } from '../../../src/features/accounts/proof/ways.js';
import { newCodes } from '../../../src/features/accounts/recovery-codes/recovery-code.js';
import { firstFactors } from '../../../src/features/accounts/sign-in/first-step.js';
import { routes } from '../../../src/http/route.js';
import { insertPerson, newPerson, signIn } from '../accounts/people.js';
import { pageOf, plain, said, section, server, wordsOf } from './stage.js';

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
