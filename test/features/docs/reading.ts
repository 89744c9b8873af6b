import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { projectPath } from '../../../src/config.js';
import { guides } from '../../../src/features/docs/guides.js';
import { sectionsIn } from '../../../src/features/docs/rendering.js';
import { routes } from '../../../src/http/route.js';
import { Visitor } from '../../support/visitor.js';
import { newPerson, signUp } from '../accounts/people.js';
import { pageOf, pages, server } from './stage.js';

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
