import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { Invalid } from '../../src/errors.js';
import { formErrors } from '../../src/http/form-errors.js';
import { page } from '../../src/http/page.js';
import { feature } from '../../src/http/route.js';
import { bytes, exactTime, isoTime, plural, relativeTime } from '../../src/http/wording.js';
import { newClient, serving, testApp } from './harness.js';

const things = feature('/things');
// biome-ignore lint/suspicious/noTemplateCurlyInString: what an injection looks like.
const hostile = '"><script>alert(1)</script>\u2028<%= 7919*7907 %>${7919*7907}{{7919*7907}}';
things.get('/hostile', 'public', (_request, response) =>
  page(response, 'things/show', { name: hostile, title: hostile }),
);
things.get('/missing', 'public', (_request, response) => page(response, 'things/show'));
things.get('/options', 'public', (_request, response) =>
  page(response, 'things/show', {
    name: 'n',
    settings: { 'view options': { outputFunctionName: 'x;throw 1;s' } },
    delimiter: '?',
    client: true,
  }),
);
things.get('/invalid', 'public', (_request, response) =>
  page(
    response.status(422),
    'things/form',
    formErrors({ name: hostile, password: 'p' }, new Invalid('no', { name: 'Choose another name.' })),
  ),
);

test('what people typed is shown as text, in a page and in its title (AG-12)', async () => {
  await serving(testApp({ features: [things] }), async (port) => {
    const { text, headers } = await newClient(port).get('/things/hostile');
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.doesNotMatch(text, /<script>|62615533/);
    assert.match(text, /<title>&#34;&gt;&lt;script&gt;/);
    assert.match(text, /&lt;%= 7919\*7907 %&gt;\$\{7919\*7907\}\{\{7919\*7907\}\}/);
  });
});

test('a local that is missing fails, and locals cannot set options of the template', async () => {
  await serving(testApp({ features: [things] }), async (port) => {
    const { get } = newClient(port);
    const missing = await get('/things/missing');
    assert.equal(missing.status, 500);
    assert.doesNotMatch(missing.text, /name is not defined|\.ejs|ReferenceError/);
    const options = await get('/things/options');
    assert.equal(options.status, 200);
    assert.match(options.text, /<p id="name">n<\/p>/);
  });
});

test('a form that was wrong is drawn again with what was typed, without the secrets', async () => {
  await serving(testApp({ features: [things] }), async (port) => {
    const { status, text } = await newClient(port).get('/things/invalid');
    assert.equal(status, 422);
    assert.match(text, /value="&#34;&gt;&lt;script&gt;/);
    assert.match(text, /Choose another name\./);
  });
  const Draft = z.object({
    email: z.email('Write an address.'),
    tools: z.array(z.string()),
    when: z.object({ day: z.string() }),
  });
  const body = {
    email: 'x',
    tools: ['a', 'b'],
    password: 'p',
    newPassword: 'p',
    _csrf: 't',
    code: '1',
    deep: { a: 1 },
  };
  const parsed = Draft.safeParse(body);
  assert.ok(parsed.error);
  const { values, errors } = formErrors(body, parsed.error);
  assert.deepEqual(values, { email: 'x', tools: ['a', 'b'] });
  assert.deepEqual(Object.keys(errors), ['email', 'when']);
  assert.equal(errors.email, 'Write an address.');
  assert.deepEqual(formErrors(undefined, new Invalid('Both cannot be empty.')), {
    values: {},
    errors: { '': 'Both cannot be empty.' },
  });
});

test('times, counts and sizes are said in words', () => {
  const now = Date.UTC(2026, 10, 22, 1, 28, 3);
  const said = (secondsAgo: number) => relativeTime(new Date(now - secondsAgo * 1000), now);
  assert.deepEqual([0, 59, 60, 3599, 7200, 86_400, -90_000].map(said), [
    'just now',
    'just now',
    '1 minute ago',
    '59 minutes ago',
    '2 hours ago',
    'yesterday',
    'tomorrow',
  ]);
  assert.equal(said(86_400 * 45), 'last month');
  assert.equal(exactTime(new Date(now)), '2026-11-22 01:28:03 UTC');
  assert.equal(isoTime(new Date(now)), '2026-11-22T01:28:03.000Z');
  assert.deepEqual(
    [plural(1, 'document'), plural(1200, 'document'), plural(0, 'entry', 'entries')],
    ['1 document', '1,200 documents', '0 entries'],
  );
  assert.deepEqual([0, 1, 1023, 1536, 50 * 1024 ** 2, 1024 ** 3 * 1.25].map(bytes), [
    '0 bytes',
    '1 byte',
    '1,023 bytes',
    '1.5 kB',
    '50 MB',
    '1.3 GB',
  ]);
});
