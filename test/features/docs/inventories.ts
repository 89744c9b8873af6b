import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectPath } from '../../../src/config.js';
import { costly } from '../../../src/features/docs/facts/costly.js';
import { cryptographicUses } from '../../../src/features/docs/facts/cryptography.js';
import { combined, formats } from '../../../src/features/docs/facts/input.js';
import { knownLimits } from '../../../src/http/rate-limit.js';
import { Visitor } from '../../support/visitor.js';
import { insertPerson } from '../accounts/people.js';
import { pageOf, rowsIn, section, server, signedIn, wordsOf } from './stage.js';

const names = readdirSync(projectPath('src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.ts$/.test(name),
);
const sources = new Map(names.map((name) => [name, readFileSync(projectPath('src', name), 'utf8')]));

/** What a file takes of cryptography, as values: functions of Node's own, and libraries. */
function cryptographyIn(text: string): string[] {
  const own = [...text.matchAll(/^import \{([^}]*)\} from 'node:crypto'/gm)].flatMap(([, list = '']) =>
    list.split(','),
  );
  const called = own.map((name) => name.trim()).filter((name) => name && !name.startsWith('type '));
  const libraries =
    /(?:^import (?!type)[^;]*from |import\(|[rR]equire[^;\n]*\()'(bcrypt|jose|otplib|@simplewebauthn\/server|csurf|mailauth|node:tls|node:https)'/gm;
  const found = [...text.matchAll(libraries)].map(([, library = '']) => library);
  // What it makes is an id of the row, and no secret.
  return [...called, ...new Set(found)].filter((name) => name !== 'randomUUID');
}

test('V11.1.2: the listed uses of cryptography are those of the source, file by file', () => {
  const listed = new Map(cryptographicUses.flatMap(({ uses }) => uses).map(({ file, calls }) => [file, [...calls]]));
  // Signs the names of sessions by itself.
  const session = listed.get('http/session.ts') ?? [];
  assert.ok(session.includes('express-session'));
  listed.set(
    'http/session.ts',
    session.filter((name) => name !== 'express-session'),
  );
  const used = [...sources].map(([file, text]) => [file, cryptographyIn(text).sort()] as const);
  assert.deepEqual(
    Object.fromEntries(used.filter(([, calls]) => calls.length > 0)),
    Object.fromEntries(
      [...listed].sort(([one], [other]) => (one < other ? -1 : 1)).map(([file, calls]) => [file, calls.sort()]),
    ),
  );
  const shown = [...pageOf('cryptography').matchAll(/data-use="([^"]+)"/g)].map(([, file]) => file);
  assert.deepEqual(shown.sort(), [...listed.keys()].sort());
});

test('V11.2.1: cryptography comes from Node and from the libraries that are listed, and no other is installed to be used', () => {
  const allowed = ['bcrypt', 'jose', 'otplib', '@simplewebauthn/server', 'csurf', 'mailauth', 'express-session'];
  const { dependencies } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const suspicious = Object.keys(dependencies).filter((name) =>
    /crypt|cipher|hash|argon|scrypt|jwt|jose|otp|webauthn|tweetnacl|sodium|noble|forge|openpgp|hmac|csrf|csurf|mailauth/.test(
      name,
    ),
  );
  assert.deepEqual(
    suspicious.filter((name) => !allowed.includes(name)),
    [],
  );
  const used = new Set(cryptographicUses.flatMap(({ uses }) => uses.flatMap(({ calls }) => calls)));
  for (const name of allowed) assert.ok(used.has(name), `${name} is in the guide`);
});

test('V11.1.1: each key has its length, its maker, its place and when it is changed', () => {
  const [head, ...rows] = rowsIn(section('cryptography', 'keys'));
  assert.deepEqual(head, ['Key', 'Bits', 'Made', 'Kept', 'Changed']);
  assert.ok(rows.length >= 8);
  for (const row of rows)
    assert.ok(
      row.every((cell) => cell !== ''),
      row.join(' | '),
    );
  const told = wordsOf('cryptography');
  for (const secret of ['MASTER_KEY', 'SESSION_SECRET', 'Content key', 'Index key'])
    assert.ok(told.includes(secret), secret);
  // Whatever is derived from MASTER_KEY is derived in one way.
  const deriving = [...sources].filter(([, text]) => /hkdfSync\(/.test(text)).map(([file]) => file);
  assert.deepEqual(deriving, ['vault/deployment.ts']);
});

test('V2.1.1: each kind of value is taken and refused as the guide says', () => {
  const shown = [...pageOf('input').matchAll(/data-format="([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(
    shown,
    formats.map(({ name }) => name),
  );
  for (const { name, schema, taken, refused } of formats) {
    for (const value of taken) assert.ok(schema.safeParse(value).success, `${name} takes ${JSON.stringify(value)}`);
    for (const value of refused)
      assert.ok(!schema.safeParse(value).success, `${name} refuses ${JSON.stringify(value).slice(0, 50)}`);
  }
});

test('V2.1.2: each rule over several values is in the file that the guide names, and shown by a test', () => {
  for (const { rule, judged, shown } of combined) {
    assert.ok(wordsOf('input').includes(rule), rule);
    assert.ok(existsSync(projectPath('src', judged)), judged);
    const [file, title] = shown;
    assert.ok(readFileSync(projectPath('test', file), 'utf8').includes(title), `${file}: ${title}`);
  }
});

test('V2.1.3: the guide has every limit that stands before a route, with its number', async () => {
  const rows = new Map(
    [...pageOf('input').matchAll(/data-limit="([^"]+)">[\s\S]*?<td>([^<]+)/g)].map(([, name, words]) => [name, words]),
  );
  const made = [...sources.values()].flatMap((text) =>
    [...text.matchAll(/\bname: '([^']+)', max: /g)].map(([, name]) => name),
  );
  assert.ok(made.length > 35);
  // The ways to Google and GitHub are mounted where they are set up.
  const unmounted = ['login-departure', 'login-answer'];
  assert.deepEqual(
    [...rows.keys()].sort(),
    [...new Set(made)].filter((name) => !unmounted.includes(name ?? '')).sort(),
  );
  assert.deepEqual(knownLimits().length, rows.size);
  assert.equal(rows.get('recovery-codes'), '10 in an hour for an account');
  const [, max] = /^(\d+) in a minute/.exec(rows.get('security-checks') ?? '') ?? [];
  await insertPerson(server, 'limits');
  const person = await signedIn('limits');
  for (let at = 1; at <= Number(max) + 1; at += 1) {
    const { status } = await person.submit('/security', {}, '/security/checks');
    assert.equal(status, at <= Number(max) ? 303 : 429, `time ${at}`);
  }
});

test('V15.1.3: what is costly is listed with its bounds, and counted by limits that there are', () => {
  const known = knownLimits().map(({ name }) => name);
  const rows = rowsIn(section('input', 'costly')).slice(1);
  assert.deepEqual(
    rows.map(([what]) => what),
    costly.map(({ what }) => what),
  );
  for (const { what, bounds, limits } of costly) {
    assert.ok(bounds, what);
    for (const limit of limits) assert.ok(known.includes(limit), `${what}: ${limit}`);
  }
});

test('V15.3.7: of a field that comes twice neither value is taken, and an address is no form', async () => {
  assert.match(section('input', 'doubled'), /never takes the first or the last/);
  await insertPerson(server, 'twice');
  const person = await signedIn('twice');
  const _csrf = await person.token('/profile');
  const send = (body: URLSearchParams, query = '') =>
    person.send(`/profile${query}`, { method: 'POST', body, headers: { Origin: server.origin } });
  const twice = new URLSearchParams({ _csrf, username: 'twice', name: 'First' });
  twice.append('name', 'Last');
  assert.equal((await send(twice)).status, 422);
  assert.equal((await send(new URLSearchParams({ _csrf, username: 'twice' }), '?name=Queried')).status, 422);
  assert.equal((await send(new URLSearchParams({ _csrf, username: 'twice', 'name[first]': 'Nested' }))).status, 422);
  const { rows } = await server.database.admin.query(`select name from shared.accounts where username = 'twice'`);
  assert.ok(!['First', 'Last', 'Queried', 'Nested'].includes(rows[0].name), rows[0].name);
  const found = await new Visitor(server.origin).get('/docs?q=backups&q=recovery');
  assert.doesNotMatch(found.text, /<mark>/, 'a search for two words at once is none');
});

test('V15.1.1, V13.2.5: the guide has the times for mending and the settings that name servers, as the program has them', () => {
  const windows = new Map(
    [...pageOf('components').matchAll(/data-window="(\w+)">[\s\S]*?<td>(\d+)/g)].map(([, name, days]) => [
      name,
      Number(days),
    ]),
  );
  assert.deepEqual([...windows.keys()], ['critical', 'high', 'moderate', 'low', 'minor', 'major']);
  const days = [...windows.values()];
  assert.deepEqual(
    days.slice(0, 4),
    days.slice(0, 4).sort((one, other) => one - other),
    'the worse, the sooner',
  );
  const named = [...section('components', 'calls').matchAll(/<code>([A-Z_]+)<\/code>/g)].map(([, name = '']) => name);
  assert.ok(named.includes('DATABASE_URL') && named.includes('LOG_SYSLOG') && named.includes('OUTGOING_ONLY'));
  const example = readFileSync(join(projectPath(), '.env.example'), 'utf8');
  for (const name of named) assert.match(example, new RegExp(`\\b${name}\\b`), name);
});
