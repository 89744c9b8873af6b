import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../../../support/server.js';
import { eventsOf, insertPerson, newPerson, type Person, signIn, signUp } from '../people.js';

let server: TestServer;

before(async () => {
  server = await startTestServer({ tenants: 2 });
});
after(() => server?.close());

async function signedIn(username: string): Promise<Person> {
  const person = newPerson(server);
  assert.equal((await signIn(person, username)).status, 303);
  return person;
}

const isIn = async (person: Person) => (await person.get('/profile/sessions')).status === 200;

function keysIn(text: string): string[] {
  return [...text.matchAll(/action="\/profile\/sessions\/([0-9a-f]{64})\/deletion"/g)].map(([, key = '']) => key);
}

test('the account page lists where one is signed in, by device and address (AC-10)', async () => {
  await insertPerson(server, 'lister');
  const other = newPerson(server);
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const _csrf = await other.token('/sign-in');
  const fields = { login: 'lister', password: 'violet kettle under nine lamps', next: '', _csrf };
  await other.post('/sign-in', fields, { 'user-agent': firefox });
  const person = await signedIn('lister');
  const { text } = await person.get('/profile/sessions');
  assert.match(text, /Firefox on Linux/);
  assert.ok(text.includes(other.address) && text.includes(person.address));
  assert.equal(text.match(/This session/g)?.length, 1);
  assert.equal(keysIn(text).length, 1, 'the own one is ended by signing out');
  assert.ok(
    !text.includes(decodeURIComponent(person.cookies.get('session') ?? '').slice(2, 20)),
    'no session id is shown',
  );
});

test('one session is ended at once, its copied cookie too (V7.5.2)', async () => {
  await insertPerson(server, 'ender');
  const lost = await signedIn('ender');
  const person = await signedIn('ender');
  assert.ok(await isIn(lost));
  const [key = ''] = keysIn((await person.get('/profile/sessions')).text);
  const answer = await person.submit('/profile/sessions', {}, `/profile/sessions/${key}/deletion`);
  assert.equal(answer.location, '/profile/sessions');
  assert.ok(!(await isIn(lost)));
  assert.ok(await isIn(person));
  assert.equal((await person.submit('/profile/sessions', {}, `/profile/sessions/${key}/deletion`)).status, 404);
});

test('nobody ends a session of somebody else, or one that is malformed (IS-4)', async () => {
  await insertPerson(server, 'owner-of-it');
  await insertPerson(server, 'meddler');
  const victim = await signedIn('owner-of-it');
  const second = await signedIn('owner-of-it');
  const [key = ''] = keysIn((await second.get('/profile/sessions')).text);
  const meddler = await signedIn('meddler');
  for (const name of [key, 'x', '0'.repeat(64), '..%2f..']) {
    assert.equal(
      (await meddler.submit('/profile/sessions', {}, `/profile/sessions/${name}/deletion`)).status,
      404,
      name,
    );
  }
  assert.ok(await isIn(victim));
});

test('all other sessions, or all of them, are ended by one button and written down (AC-10, AU-1)', async () => {
  const first = newPerson(server);
  const home = await signUp(server, first, { email: 'many@acme.test', username: 'many', workspaceName: 'Many' });
  const [second, third] = [await signedIn('many'), await signedIn('many')];
  const answer = await first.submit('/profile/sessions', {}, '/profile/other-sessions/deletion');
  assert.equal(answer.location, '/profile/sessions');
  assert.match((await first.get('/profile/sessions')).text, /2 other sessions ended\./);
  assert.ok(!(await isIn(second)) && !(await isIn(third)));
  const fourth = await signedIn('many');
  const everywhere = await first.submit('/profile/sessions', {}, '/profile/sessions/deletion');
  assert.match(everywhere.headers.get('clear-site-data') ?? '', /cache/);
  assert.ok(!(await isIn(first)) && !(await isIn(fourth)));
  const names = (await eventsOf(server, home)).map(({ event }) => event);
  assert.equal(names.filter((name) => name === 'account.sessions-ended').length, 2);
});

test('a session ends after half an hour without use and twelve hours after its sign-in (AC-10)', async () => {
  await insertPerson(server, 'sleeper');
  const { admin } = server.database;
  const idle = await signedIn('sleeper');
  await admin.query(
    `update shared.sessions set expire = expire - interval '30 minutes 2 seconds' where account_id is not null`,
  );
  assert.ok(!(await isIn(idle)));

  const old = await signedIn('sleeper');
  const signedInAt = Date.now() - 12 * 3600 * 1000 - 1000;
  await admin.query(
    `update shared.sessions set sess = (sess::jsonb || jsonb_build_object('signedInAt', $1::bigint))::json
     where account_id is not null`,
    [signedInAt],
  );
  assert.ok(!(await isIn(old)), 'however busy it was');
});

test('the account’s doors refuse a request without our form’s token or from elsewhere (CR-4)', async () => {
  await insertPerson(server, 'guarded');
  const person = await signedIn('guarded');
  const _csrf = await person.token('/profile/sessions');
  for (const path of ['/sign-out', '/profile/sessions/deletion', '/profile/other-sessions/deletion', '/workspaces']) {
    assert.equal((await person.post(path, { name: 'x' })).status, 403, path);
    assert.equal((await person.post(path, { name: 'x', _csrf }, { origin: 'https://evil.example' })).status, 403, path);
  }
  assert.ok(await isIn(person));
});
