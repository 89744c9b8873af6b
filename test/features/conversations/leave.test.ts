import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newPerson } from '../accounts/people.js';
import { type Cast, startCast } from './cast.js';

let cast: Cast;
before(async () => {
  cast = await startCast({ model: false });
});
after(() => cast?.close());

const leave = (to: string) => cast.alice.browser.get(`/leave?to=${encodeURIComponent(to)}`);

test('the leaving page shows the whole address and goes nowhere by itself (ASVS 3.7.3, threat 14)', async () => {
  const answer = await leave('https://evil.test/path?leak=canary');
  assert.equal(answer.status, 200);
  assert.equal(answer.location, '');
  assert.equal(answer.headers.get('refresh'), null);
  assert.doesNotMatch(answer.text, /http-equiv/);
  assert.match(answer.text, /<code>https:\/\/evil\.test\/path\?leak=canary<\/code>/);
  assert.match(answer.text, /href="https:\/\/evil\.test\/path\?leak=canary" rel="noopener noreferrer nofollow"/);
});

test('look-alike letters are shown as what they are', async () => {
  assert.match((await leave('https://аpple.com/')).text, /xn--pple-43d\.com/);
});

test('nothing but a web address can be reached from it (ASVS 3.7.2)', async () => {
  const bad = [
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.test',
    '/sign-out',
    'https://a@evil.test/',
    'mailto:a@b.test',
    '',
    'https:',
  ];
  for (const to of bad) {
    const answer = await leave(to);
    assert.equal(answer.status, 404, to);
    assert.doesNotMatch(answer.text, /href="(javascript|data|mailto|\/\/)/);
  }
  const { text, status } = await cast.alice.browser.get('/leave?to=https://a.test/&to=https://b.test/');
  assert.equal(status, 404);
  assert.doesNotMatch(text, /a\.test/);
});

test('what is written into the address stays text', async () => {
  const { text } = await leave('https://evil.test/"><script>alert(1)</script>');
  assert.doesNotMatch(text, /<script>alert/);
});

test('strangers cannot use it to send people elsewhere', async () => {
  const answer = await newPerson(cast.server).get('/leave?to=https%3A%2F%2Fevil.test%2F');
  assert.equal(answer.status, 303);
  assert.match(answer.location, /^\/sign-in\?next=/);
});
