import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../../../src/http/route.js';
import { Visitor } from '../../support/visitor.js';
import { insertPerson } from '../accounts/people.js';
import { server, signedIn } from './stage.js';

test('V13.4.5: what machines may ask without a sign-in is all there is, and each tells what it should and no more', async () => {
  const visitor = new Visitor(server.origin);
  const read = async (path: string) => {
    const { status, text, headers } = await visitor.get(path);
    assert.equal(headers.get('x-powered-by'), null, path);
    assert.doesNotMatch(text, /\/work\/|node_modules|postgres:\/\/|127\.0\.0\.1:5|at \w+ \(/, path);
    return { status, text, type: headers.get('content-type') };
  };
  assert.deepEqual(JSON.parse((await read('/health')).text), { status: 'up' });
  assert.deepEqual(JSON.parse((await read('/ready')).text), { status: 'ready' });
  const { claims, ...more } = JSON.parse((await read('/security/claims.json')).text);
  assert.deepEqual(more, {});
  for (const claim of claims)
    assert.deepEqual(Object.keys(claim), [
      'id',
      'group',
      'title',
      'features',
      'state',
      'evidence',
      'checkedAt',
      'passedAt',
    ]);
  const status = JSON.parse((await read('/status.json')).text);
  assert.deepEqual(Object.keys(status), ['state', 'components', 'incidents']);
  for (const component of status.components)
    assert.deepEqual(Object.keys(component), ['component', 'name', 'state', 'percent90Days']);
  assert.match((await read('/security/key.pem')).text, /^-----BEGIN PUBLIC KEY-----[\s\S]+-----END PUBLIC KEY-----\n$/);
  const fields = (await read('/.well-known/security.txt')).text
    .trim()
    .split('\n')
    .map((line) => line.split(':')[0]);
  const allowed = ['Contact', 'Expires', 'Preferred-Languages', 'Canonical', 'Policy', 'Acknowledgments'];
  for (const field of fields) assert.ok(allowed.includes(field ?? ''), field);
  const open = routes().filter(
    ({ method, access, path }) => method === 'GET' && access === 'public' && /\.(json|txt|pem|xml)$/.test(path),
  );
  const known = ['/security/claims.json', '/status.json', '/security/key.pem', '/.well-known/security.txt'];
  assert.deepEqual(open.map(({ path }) => path).sort(), known.sort());
  for (const path of ['/metrics', '/openapi.json', '/debug', '/server-status', '/.env', '/package.json', '/api'])
    assert.equal((await visitor.get(path)).status, 404, path);
});

test('V1.1.1: what comes in is decoded once, kept as it was typed, and escaped where it is shown', async () => {
  await insertPerson(server, 'decoder');
  const person = await signedIn('decoder');
  const typed = ['%3Cb%3E &amp;lt; %252e', '=?utf-8?B?PGI+?= \\u003cb\\u003e', `"'><i>&#60; <%= 7*7 %> {{7*7}}`];
  for (const name of typed) {
    assert.equal((await person.submit('/profile', { name, username: 'decoder' })).status, 303, name);
    const { rows } = await server.database.admin.query(
      `select name, octet_length(name) as bytes from shared.accounts where username = 'decoder'`,
    );
    assert.deepEqual(rows, [{ name, bytes: Buffer.byteLength(name) }]);
    const { text } = await person.get('/profile');
    const escaped = name.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
    const shown = text
      .replaceAll('&amp;', '&#38;')
      .replaceAll('&lt;', '&#60;')
      .replaceAll('&gt;', '&#62;')
      .replaceAll('&quot;', '&#34;');
    assert.ok(shown.includes(`value="${escaped}"`), `${name} is shown as it was typed`);
    assert.ok(!text.includes('<i>&#60;') && !text.includes('<b>'), name);
  }
  // An address that is encoded twice names what is still encoded, which is nothing.
  const visitor = new Visitor(server.origin);
  assert.equal((await visitor.get('/docs/%72unning')).status, 200);
  for (const path of ['/docs/%2572unning', '/docs/..%252f..%252fetc', '/%2564ocs', '/css/%252e%252e/app.css'])
    assert.equal((await visitor.get(path)).status, 404, path);
  const found = await visitor.get('/docs?q=%2562ackups');
  assert.doesNotMatch(found.text, /<mark>/, 'a parameter is decoded once, too');
  assert.match((await visitor.get('/docs?q=%62ackups')).text, /<mark>/);
});
