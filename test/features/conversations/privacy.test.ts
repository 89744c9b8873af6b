import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Answer } from '../../support/visitor.js';
import { sameBytes } from '../accounts/people.js';
import { addDocument, type Cast, guideOf, type Member, startCast } from './cast.js';
import { ask } from './stream.js';

let cast: Cast;
let path: string;
let message: string;
const unknown = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

before(async () => {
  cast = await startCast();
  cast.says({ text: 'canary-of-alice' });
  const agent = await guideOf(cast, cast.acme);
  const [first] = await (await ask(cast.alice.browser, 'acme', { text: 'canary-question', agent })).rest();
  path = first?.data.url ?? '';
  message = first?.data.id ?? '';
});
after(() => cast?.close());

const gets = ['', '/title', '/deletion', '/messages/:message/events', '?before=:message'];
const posts = ['/messages', '/title', '/deletion', '/messages/:message/stop', '/messages/:message/retry'];

/** The answer for alice's conversation and for one that never was, on every address there is. */
async function compare(who: Member, slug: string) {
  const mine = path.replace('/w/acme', `/w/${slug}`);
  const none = mine.replace(/[^/]+$/, unknown);
  const _csrf = await who.browser.token(`/w/${slug}`);
  const fields = { _csrf, text: 'Hello?', title: 'Mine' };
  const pairs = [];
  for (const rest of gets) {
    const at = (base: string) => who.browser.get(`${base}${rest.replace(':message', message)}`);
    pairs.push({ rest, answers: [await at(mine), await at(none)] });
  }
  for (const rest of posts) {
    const at = (base: string) => who.browser.post(`${base}${rest.replace(':message', message)}`, fields);
    pairs.push({ rest, answers: [await at(mine), await at(none)] });
  }
  for (const { rest, answers } of pairs) {
    const [own, other] = answers;
    assert.equal(own?.status, 404, `${rest} ${own?.status}`);
    assert.doesNotMatch(own?.text ?? '', /canary/);
    assert.ok(own && other && plain(own) === plain(other), `${rest} tells them apart`);
  }
}

/** Without what differs by itself: the asked address and the request's own id. */
function plain(answer: Answer): string {
  const requestId = answer.headers.get('x-request-id') ?? '';
  return sameBytes(answer, requestId, path.split('/').at(-1) ?? '', unknown);
}

test("bob is in the same workspace, and alice's conversation does not exist for him (IS-5, threat 3)", async () => {
  await compare(cast.bob, 'acme');
});

test("charlie finds nothing of acme's in globex, by no address (IS-4, threat 3)", async () => {
  await compare(cast.charlie, 'globex');
  assert.equal((await cast.charlie.browser.get(path)).status, 404);
});

test('after all that the conversation is as it was', async () => {
  const { text } = await cast.alice.browser.get(path);
  assert.match(text, /canary-of-alice/);
  assert.match(text, /canary-question/);
});

test('lists and searches show only what is one’s own (IS-5)', async () => {
  for (const query of ['', '?q=canary']) {
    assert.match((await cast.alice.browser.get(`/w/acme/conversations${query}`)).text, /canary-question/);
    assert.doesNotMatch((await cast.bob.browser.get(`/w/acme/conversations${query}`)).text, /canary-question/);
  }
});

test('malformed ids are unknown, and a question cannot be put to an agent of another workspace', async () => {
  const { browser } = cast.bob;
  for (const id of ['1', "x'--", 'null', `${unknown}0`]) {
    assert.equal((await browser.get(`/w/acme/conversations/${encodeURIComponent(id)}`)).status, 404);
  }
  const agent = await guideOf(cast, cast.globex);
  const _csrf = await browser.token('/w/acme');
  const answer = await browser.post('/w/acme/conversations', { _csrf, agent, text: 'Hello?' });
  assert.equal(answer.status, 404);
});

test('a prompt holds nothing of another workspace, another member or another agent (IS-7)', async () => {
  const { admin } = cast.server.database;
  await addDocument(cast.alice, 'Acme paper', 'The acme-canary paper about rivers.');
  const save = (who: Member, instructions: string) =>
    who.browser.submit(`/w/${who.context.tenant.slug}/settings`, { name: who.context.tenant.name, instructions });
  assert.equal((await save(cast.alice, 'Speak of acme-rules.')).status, 303);
  assert.equal((await save(cast.charlie, 'Speak of globex-rules.')).status, 303);
  cast.says({ calls: [{ name: 'search_knowledge', arguments: { query: 'paper rivers' } }] }, { text: 'Nothing.' });
  const agent = await guideOf(cast, cast.globex);
  await (await ask(cast.charlie.browser, 'globex', { text: 'What about rivers?', agent })).rest();
  const prompts = JSON.stringify(cast.asked().slice(-2));
  assert.match(prompts, /globex-rules/);
  assert.match(prompts, /Nothing was found/);
  assert.doesNotMatch(prompts, /acme|canary|alice/i);
  const { rows } = await admin.query(`select count(*)::int as found from ${cast.globex.id}.citations`);
  assert.deepEqual(rows, [{ found: 0 }]);
});

test('a removed member gets no more answers: a running one ends at once (ASVS 7.4.2)', async () => {
  const agent = await guideOf(cast, cast.acme);
  cast.says({ text: ['First ', 'words'], fault: { kind: 'hang', after: 2 } });
  const stream = await ask(cast.bob.browser, 'acme', { text: 'Stay with me', agent });
  await stream.until('text');
  const removed = await cast.alice.browser.submit(`/w/acme/members/${cast.bob.id}/removal`, {});
  assert.equal(removed.status, 303, removed.text);
  await stream.rest();
  const deadline = Date.now() + 5000;
  while (!cast.provider?.requests.at(-1)?.aborted && Date.now() < deadline)
    await new Promise((next) => setTimeout(next, 20));
  assert.equal(cast.provider?.requests.at(-1)?.aborted, true);
  assert.equal((await cast.bob.browser.get('/w/acme/conversations')).status, 404);
});
