import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { readConfig, varPath } from '../../../src/config.js';
import { Failure, Invalid, UpstreamFailed } from '../../../src/errors.js';
import { chosenProvider, type Provider } from '../../../src/features/web/provider.js';
import { readPage } from '../../../src/features/web/reading.js';
import { searchWeb } from '../../../src/features/web/search.js';
import { toolNamed } from '../../../src/llm/tool.js';
import { makePdf } from '../../support/documents/pdf.js';
import { type SearchAnswer, type SearchServer, startSearch } from '../../support/providers/search.js';

let search: SearchServer;
let site: Server;
let canary: { server: Server; connects: number };
let hits: ReturnType<SearchAnswer> = [];
let pages: RequestListener = (_request, response) => response.end();

const page = { part: 1, scope: 'tenant_test web', signal: AbortSignal.timeout(60_000) };
const at = (path: string) => `http://127.0.0.2:${(site.address() as AddressInfo).port}${path}`;
const asked = (count = 8) => ({ count, signal: AbortSignal.timeout(10_000) });

before(async () => {
  process.env.OUTGOING_ALLOW = '127.0.0.2';
  search = await startSearch(() => hits);
  site = createServer((request, response) => pages(request, response));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.2', resolve));
  const server = createServer((_request, response) => response.end('inside'));
  canary = { server, connects: 0 };
  server.on('connection', () => {
    canary.connects += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  for (const server of [site, canary.server]) server.close().closeAllConnections();
  await search.close();
});

const settings = () =>
  ({
    searxng: { WEB_SEARCH: 'searxng', WEB_SEARCH_URL: `${search.origin}/searxng`, WEB_SEARCH_KEY: undefined },
    brave: { WEB_SEARCH: 'brave', WEB_SEARCH_URL: `${search.origin}/res/v1/web/search`, WEB_SEARCH_KEY: 'brave-key' },
    tavily: { WEB_SEARCH: 'tavily', WEB_SEARCH_URL: `${search.origin}/search`, WEB_SEARCH_KEY: 'tvly-key' },
  }) as const;

function providers(): Provider[] {
  return Object.values(settings()).map((given) => {
    const provider = chosenProvider(given);
    assert.ok(provider);
    return provider;
  });
}

test('SearXNG, Brave and Tavily are asked in their own words and give the same hits (AG-5)', async () => {
  hits = [
    { title: 'Rail prices', url: 'https://rail.example/prices', text: 'A ticket\n costs 20.' },
    { title: 'x'.repeat(500), url: 'https://long.example/', text: 'y'.repeat(5000) },
  ];
  for (const provider of providers()) {
    const found = await searchWeb(provider, 'rail & prices?', asked());
    assert.deepEqual(found[0], {
      title: 'Rail prices',
      url: 'https://rail.example/prices',
      text: 'A ticket costs 20.',
    });
    assert.deepEqual([found[1]?.title.length, found[1]?.text.length], [201, 801]);
  }
  const [one, two, three] = search.asked;
  assert.deepEqual([one?.kind, two?.kind, three?.kind], ['searxng', 'brave', 'tavily']);
  for (const question of search.asked) assert.equal(question.query, 'rail & prices?');
  assert.deepEqual([two?.count, three?.count], [8, 8]);
  for (const { headers } of search.asked) assert.equal(headers.cookie, undefined);
});

test('hits that no page can be read from are left out, and no more come than were asked for (AG-5)', async () => {
  hits = [
    ...['javascript:alert(1)', 'file:///etc/passwd', 'not an address', `https://e.example/${'x'.repeat(2000)}`].map(
      (url) => ({ title: 'no', url, text: '' }),
    ),
    ...Array.from({ length: 30 }, (_, index) => ({
      title: `yes ${index}`,
      url: `https://аpple${index}.example/`,
      text: '',
    })),
  ];
  for (const provider of providers()) {
    const found = await searchWeb(provider, 'q', asked(5));
    assert.equal(found.length, 5);
    assert.match(found[0]?.url ?? '', /^https:\/\/xn--/u, 'a host in look-alike letters is written out');
  }
  hits = [];
  for (const provider of providers()) assert.deepEqual(await searchWeb(provider, 'q', asked()), []);
});

test('a search service that refuses, redirects, garbles or floods ends in a sentence, and its key stays here (AG-5)', async () => {
  const troubles: [status: number, body: string, said: RegExp][] = [
    [401, 'no', /does not accept this installation/u],
    [429, 'slow', /asked too often/u],
    [302, '', /status 302/u],
    [500, '', /status 500/u],
    [200, '<html>not json', /no answer that can be read/u],
    [200, '{"results": "none"}', /no answer that can be read|^$/u],
    [200, `{"results":[${'"x",'.repeat(700_000)}""]}`, /no answer that can be read/u],
  ];
  for (const provider of providers()) {
    for (const [status, body, said] of troubles) {
      hits = { status, body };
      const before = search.asked.length;
      const failed = await searchWeb(provider, 'q', asked()).catch((error: unknown) => error);
      // Without `web` Brave found nothing, whatever else it says.
      if (provider.name === 'Brave Search' && Array.isArray(failed) && status === 200) continue;
      assert.ok(failed instanceof UpstreamFailed, `${provider.name} ${status}`);
      assert.match(failed.message, said);
      assert.doesNotMatch(failed.message, /key-|tvly|brave-key/u);
      assert.equal(search.asked.length - before, 1, 'no redirect was followed');
    }
  }
});

test('without a provider there is none of the tools, and half of a setting is named (AG-5)', async () => {
  const { offerWebTools } = await import('../../../src/features/web/tools.js');
  offerWebTools();
  assert.equal(chosenProvider(), undefined);
  assert.equal(toolNamed('web_search'), undefined);
  assert.equal(toolNamed('read_page'), undefined);
  assert.throws(() => readConfig({ WEB_SEARCH: 'searxng' }), /WEB_SEARCH_URL/u);
  assert.throws(() => readConfig({ WEB_SEARCH: 'brave' }), /WEB_SEARCH_KEY/u);
  assert.throws(() => readConfig({ WEB_SEARCH: 'tavily' }), /WEB_SEARCH_KEY/u);
  assert.throws(() => readConfig({ WEB_SEARCH: 'altavista' }), /WEB_SEARCH/u);
});

const article = `<!doctype html><title>Prices | Rail</title><nav>Home Buy</nav><main><h1>Prices</h1><p>A ticket costs 20.</p>
  <p style="display:none">unseen words</p><script>alert("script words")</script><h2>Return</h2><p>It costs 35.</p></main><footer>Imprint</footer>`;

test('a page is read as its text, whatever its address is called, and leaves no file (AG-5, KB-5)', async () => {
  pages = (_request, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(article);
  const read = await readPage({ ...page, address: at('/prices.php?from=a') });
  assert.equal(read.title, 'Prices | Rail');
  assert.equal(read.address, at('/prices.php?from=a'));
  assert.match(read.text, /A ticket costs 20\.[\s\S]*Return[\s\S]*It costs 35\./u);
  assert.doesNotMatch(read.text, /unseen words|script words|Imprint|Home Buy/u);
  assert.deepEqual([read.part, read.parts], [1, 1]);
  pages = (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/pdf' }).end(makePdf({ pages: [['Numbers of the year']] }));
  assert.match((await readPage({ ...page, address: at('/report') })).text, /Numbers of the year/u);
  pages = (_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('Plain words.');
  assert.match((await readPage({ ...page, address: at('/robots.txt') })).text, /Plain words\./u);
  assert.deepEqual(readdirSync(varPath('uploads')), []);
});

test('a long page comes in parts, and none of it is lost (AG-5)', async () => {
  const words = Array.from({ length: 4000 }, (_, index) => `word${index}`);
  pages = (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<main><p>${words.join(' ')}</p></main>`);
  const first = await readPage({ ...page, address: at('/long') });
  assert.ok(first.parts > 1 && first.text.length <= 12_000);
  const rest = await Promise.all(
    Array.from({ length: first.parts - 1 }, (_, index) => readPage({ ...page, address: at('/long'), part: index + 2 })),
  );
  const all = [first, ...rest].map(({ text }) => text).join('');
  assert.equal(all.match(/word\d+/gu)?.length, 4000);
  await assert.rejects(readPage({ ...page, address: at('/long'), part: 99 }), /This page has \d parts/u);
});

test('no address, redirect or page leads into the machine or past the limits (IN-6, threat 12)', async () => {
  const { port } = canary.server.address() as AddressInfo;
  const inside = [
    `http://127.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    `http://0x7f.1:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
  ];
  for (const address of inside) {
    await assert.rejects(readPage({ ...page, address }), Invalid, address);
    pages = (_request, response) => response.writeHead(302, { location: address }).end();
    await assert.rejects(readPage({ ...page, address: at('/') }), Invalid, address);
    // What a browser would fetch by itself is only text here.
    pages = (_request, response) =>
      response
        .writeHead(200, {
          'content-type': 'text/html',
          refresh: `0;url=${address}`,
          link: `<${address}>; rel=preload; as=fetch`,
        })
        .end(
          `<meta http-equiv=refresh content="0;url=${address}"><base href="${address}"><main><p>Words</p><img src="${address}"><iframe src="${address}"></iframe></main>`,
        );
    assert.match((await readPage({ ...page, address: at('/') })).text, /Words/u);
  }
  assert.equal(canary.connects, 0);
  pages = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    const timer = setInterval(() => response.write(Buffer.alloc(1_000_000, 'x')), 1);
    response.on('close', () => clearInterval(timer));
  };
  await assert.rejects(readPage({ ...page, address: at('/endless') }), /larger than 5 MB/u);
  pages = (_request, response) =>
    response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from('89504e470d0a1a0a', 'hex'));
  await assert.rejects(readPage({ ...page, address: at('/picture') }), Failure);
  assert.deepEqual(readdirSync(varPath('uploads')), []);
});
