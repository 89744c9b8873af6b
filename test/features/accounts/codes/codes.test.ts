import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { codeHash, newCode } from '../../../../src/features/accounts/codes/code.js';
import { mailCode } from '../../../../src/features/accounts/codes/jobs.js';
import { passwordHashCount } from '../../../../src/features/accounts/password.js';
import { sweep } from '../../../../src/features/accounts/sign-in/jobs.js';
import { startTestServer, type TestServer } from '../../../support/server.js';
import type { Answer } from '../../../support/visitor.js';
import { mailedCode, otherThan } from '../factors.js';
import { insertPerson, mailsTo, newPerson, type Person, sameBytes, signIn } from '../people.js';

let server: TestServer;
const entry = '/sign-in/code/entry';

before(async () => {
  server = await startTestServer({ tenants: 1 });
});
after(() => server?.close());
beforeEach(() => server.database.admin.query('delete from shared.rate_limits'));

function ask(person: Person, login: string, next = ''): Promise<Answer> {
  return person.submit('/sign-in/code', { login, next });
}

async function asked(person: Person, name: string): Promise<string> {
  assert.equal((await ask(person, name)).location, entry);
  return mailedCode(server, `${name}@acme.test`);
}

const enter = (person: Person, code: string) => person.submit(entry, { code });
const isIn = async (person: Person) => (await person.get('/profile')).status === 200;

async function codesOf(name: string) {
  const { rows } = await server.database.admin.query(
    `select c.tries, c.used_at is not null as used from shared.one_time_codes c
     join shared.accounts a on a.id = c.account_id where a.username = $1`,
    [name],
  );
  return rows;
}

test('a mailed code of six digits opens a session, and leads to where the person was going (AC-3, V6.5.4)', async () => {
  await insertPerson(server, 'ann');
  const ann = newPerson(server);
  await ask(ann, ' ANN@acme.test ', '/profile?x=1');
  const code = await mailedCode(server, 'ann@acme.test');
  const answer = await enter(ann, `${code.slice(0, 3)} ${code.slice(3)}`);
  assert.equal(answer.location, '/profile?x=1');
  assert.ok(await isIn(ann));
  const { rows } = await server.database.admin.query(
    `select sess -> 'methods' as methods from shared.sessions s join shared.accounts a on a.id = s.account_id where a.username = 'ann'`,
  );
  assert.deepEqual(rows, [{ methods: ['code'] }]);
});

test('a code is used once: by nobody a second time, and by one of fifty at once (V6.5.1, V2.3.4)', async () => {
  await insertPerson(server, 'bea');
  const bea = newPerson(server);
  const code = await asked(bea, 'bea');
  const _csrf = await bea.token(entry);
  const cookies = new Map(bea.cookies);
  const twins = Array.from({ length: 50 }, () => {
    const twin = newPerson(server);
    for (const [name, value] of cookies) twin.cookies.set(name, value);
    return twin;
  });
  const answers = await Promise.all(twins.map((twin) => twin.post(entry, { code, _csrf })));
  assert.equal(answers.filter(({ status }) => status === 303).length, 1);
  const inside = await Promise.all(twins.map(isIn));
  assert.equal(inside.filter(Boolean).length, 1);
  const { rows } = await server.database.admin.query(
    `select 1 from shared.sessions s join shared.accounts a on a.id = s.account_id where a.username = 'bea'`,
  );
  assert.equal(rows.length, 1);
});

test('a code works only in the browser that asked for it (V6.6.2, threat 9)', async () => {
  await insertPerson(server, 'cleo');
  const [cleo, thief] = [newPerson(server), newPerson(server)];
  const code = await asked(cleo, 'cleo');
  await ask(thief, 'nobody-here');
  assert.equal((await enter(thief, code)).status, 401);
  assert.ok(!(await isIn(thief)));
  assert.equal((await enter(cleo, code)).status, 303, 'and there it still does');
});

test('a new code ends the old one in its browser, and leaves other browsers alone (AC-3)', async () => {
  await insertPerson(server, 'dana');
  const [dana, stranger] = [newPerson(server), newPerson(server)];
  const first = await asked(dana, 'dana');
  let second = await asked(dana, 'dana');
  // One in a million is the same by chance.
  while (second === first) second = await asked(dana, 'dana');
  assert.equal((await enter(dana, first)).status, 401);
  await ask(stranger, 'dana');
  assert.equal((await enter(dana, second)).status, 303);
});

test('after ten minutes by the database’s clock a code is dead, and the sweep takes it away (V6.5.5)', async () => {
  await insertPerson(server, 'eve');
  const eve = newPerson(server);
  const code = await asked(eve, 'eve');
  const { admin } = server.database;
  const age = (minutes: string) =>
    admin.query(`update shared.one_time_codes set expires_at = created_at + interval '10 minutes' - $1::interval`, [
      minutes,
    ]);
  const { rows } = await admin.query(
    `select extract(epoch from expires_at - created_at)::int as seconds from shared.one_time_codes where used_at is null order by created_at desc limit 1`,
  );
  assert.deepEqual(rows, [{ seconds: 600 }]);
  await age('10 minutes 1 second');
  const late = await enter(eve, code);
  assert.equal(late.status, 401);
  assert.match(late.text, /does not work any more/);
  await sweep.run({});
  assert.deepEqual(await codesOf('eve'), []);
});

test('five wrong tries end a code, in a row or at once, and the right one comes too late (AC-3, V6.6.3)', async () => {
  for (const [name, atOnce] of [
    ['fay', false],
    ['gil', true],
  ] as const) {
    await insertPerson(server, name);
    const person = newPerson(server);
    const code = await asked(person, name);
    const _csrf = await person.token(entry);
    const guess = () => person.post(entry, { code: otherThan(code), _csrf });
    if (atOnce) await Promise.all(Array.from({ length: 50 }, guess));
    else for (let tries = 0; tries < 5; tries += 1) assert.match((await guess()).text, /not the code/);
    assert.deepEqual(await codesOf(name), [{ tries: 5, used: false }]);
    await server.database.admin.query('delete from shared.rate_limits');
    assert.equal((await person.post(entry, { code, _csrf })).status, 401, name);
  }
});

test('an account is guessed at ten times an hour at most, and a browser that it knows is not in that count (V6.6.3, V6.3.1)', async () => {
  await insertPerson(server, 'hugo');
  const owner = newPerson(server);
  assert.equal((await signIn(owner, 'hugo')).status, 303);
  await owner.submit('/profile', {}, '/sign-out');
  for (const [round, tries] of [
    [1, 5],
    [2, 5],
    [3, 1],
  ] as const) {
    const guesser = newPerson(server);
    const code = await asked(guesser, 'hugo');
    for (let wrong = 0; wrong < tries; wrong += 1) {
      const answer = await enter(guesser, otherThan(code));
      assert.equal(answer.status, round === 3 ? 429 : 401);
      if (round === 3) assert.ok(Number(answer.headers.get('retry-after')) > 60);
    }
  }
  const code = await asked(owner, 'hugo');
  assert.equal((await enter(owner, code)).status, 303, 'the owner comes in by a browser of theirs');
});

test('a name that nobody has gets the same bytes, the same statements and no hash, at every step (V6.3.8, threat 11)', async () => {
  await insertPerson(server, 'iris');
  const walk = async (login: string) => {
    const person = newPerson(server);
    const hashes = passwordHashCount();
    const answers = [await ask(person, login), await person.get(entry)];
    const _csrf = await person.token(entry);
    for (let tries = 0; tries < 6; tries += 1) answers.push(await person.post(entry, { code: '000000', _csrf }));
    return { pages: answers.map((answer) => sameBytes(answer, login)), hashes: passwordHashCount() - hashes };
  };
  // Before a mail is written no code can be right by chance.
  const [known, unknown, address] = [await walk('iris'), await walk('osip'), await walk('osip@acme.test')];
  assert.deepEqual(unknown, known);
  assert.deepEqual(address.pages, known.pages);
  assert.equal(known.hashes, 0);
  const { rows } = await server.database.admin.query(
    `select account_id is null as decoy, tries from shared.one_time_codes where subject in ('osip', (select id::text from shared.accounts where username = 'iris')) order by 1`,
  );
  assert.deepEqual(rows, [
    { decoy: false, tries: 5 },
    { decoy: true, tries: 5 },
  ]);
});

test('nobody’s mailbox can be filled, and who is on the way there is told when to come back (AC-13)', async () => {
  await insertPerson(server, 'jon');
  const statuses = [];
  for (const name of ['jon', 'zoltan']) {
    const person = newPerson(server);
    for (let times = 0; times < 6; times += 1) statuses.push((await ask(person, name)).status);
  }
  assert.deepEqual(statuses.slice(0, 6), [303, 303, 303, 303, 303, 429]);
  assert.deepEqual(statuses.slice(6), statuses.slice(0, 6));
});

test('the job that mails a code does it once, however often it is run, and never for a decoy (AC-3)', async () => {
  await insertPerson(server, 'kim');
  await ask(newPerson(server), 'kim');
  await mailedCode(server, 'kim@acme.test');
  const { rows } = await server.database.admin.query(
    `select c.id from shared.one_time_codes c join shared.accounts a on a.id = c.account_id where a.username = 'kim'`,
  );
  await mailCode.run({ codeId: rows[0]?.id });
  assert.equal((await mailsTo(server, 'kim@acme.test')).length, 1);
  await ask(newPerson(server), 'ghost@acme.test');
  await assert.rejects(mailedCode(server, 'ghost@acme.test'), /no code was mailed/);
});

test('codes are spread evenly, and the table holds none that could be read or guessed offline (V6.5.3)', () => {
  const firsts = new Map<string, number>();
  for (let made = 0; made < 10_000; made += 1) {
    const code = newCode();
    assert.match(code, /^\d{6}$/);
    firsts.set(code.slice(0, 1), (firsts.get(code.slice(0, 1)) ?? 0) + 1);
  }
  // 1000 each, give or take five times the deviation that chance has.
  for (const [digit, times] of firsts) assert.ok(Math.abs(times - 1000) < 150, `${digit}: ${times}`);
  assert.equal(firsts.size, 10);
  assert.notDeepEqual(codeHash('one', '123456'), codeHash('two', '123456'));
});

test('a refused code is in the log of refusals that the owner hears of (V16.3.1)', async () => {
  const { id } = await insertPerson(server, 'lea');
  const guesser = newPerson(server);
  const code = await asked(guesser, 'lea');
  await enter(guesser, otherThan(code));
  const { rows } = await server.database.admin.query(
    `select event, outcome, address from shared.platform_events where account_id = $1 and outcome = 'refused'`,
    [id],
  );
  assert.deepEqual(rows, [{ event: 'account.sign-in-refused', outcome: 'refused', address: guesser.address }]);
});
