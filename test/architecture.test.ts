import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { before, describe, test } from 'node:test';
import { projectPath } from '../src/config.js';

interface Source {
  readonly path: string;
  readonly text: string;
}

function read(folder: string, ending: string): Source[] {
  const names = readdirSync(projectPath(folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ path: join(folder, name), text: readFileSync(projectPath(folder, name), 'utf8') }));
}

const sources = read('src', '.ts');
const views = read('views', '.ejs');

/** From the top down; a file may import from its own layer's folder and from the layers below. */
const layers = [
  ['server', 'worker', 'commands'],
  ['app', 'background', 'installation'],
  ['features'],
  ['jobs', 'mail', 'llm', 'http'],
  ['tenancy'],
  ['vault'],
  ['database'],
  ['log'],
  ['config', 'errors'],
];

function place(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

function rank(path: string): number {
  return layers.findIndex((layer) => layer.includes(place(path)));
}

function importsOf({ path, text }: Source): string[] {
  const found = text.matchAll(/(?:from|import)\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g);
  return [...found].map((match) => normalize(join(dirname(path), match[1] ?? match[2] ?? '')).replace(/\.js$/, '.ts'));
}

function offenders(rule: (source: Source) => string[]): string[] {
  return sources.flatMap((source) => rule(source).map((what) => `${source.path}: ${what}`));
}

test('every file of src has its layer', () => {
  assert.deepEqual(
    offenders(({ path }) => (rank(path) < 0 ? ['unknown layer'] : [])),
    [],
  );
});

test('imports point down only', () => {
  const upward = offenders((source) =>
    importsOf(source).filter((target) => target.startsWith('src/') && rank(target) < rank(source.path)),
  );
  assert.deepEqual(upward, []);
});

test('nothing below the features knows one, and audit imports no feature', () => {
  const knowing = offenders((source) => {
    const isAudit = source.path.startsWith('src/features/audit/');
    return importsOf(source).filter(
      (target) => isAudit && target.startsWith('src/features/') && !target.startsWith('src/features/audit/'),
    );
  });
  assert.deepEqual(knowing, []);
});

test("a feature imports another's noun, queries and actions, never its doors", () => {
  const doors = /\/(routes|api|tools|jobs)\.ts$/;
  const through = offenders((source) => {
    const [, top, own] = source.path.split('/');
    if (top !== 'features') return [];
    return importsOf(source).filter(
      (target) => doors.test(target) && target.startsWith('src/features/') && target.split('/')[2] !== own,
    );
  });
  assert.deepEqual(through, []);
});

test('SQL is written in queries.ts and in database/ only', () => {
  const elsewhere = offenders(({ path, text }) => {
    if (path.startsWith('src/database/') || path.endsWith('queries.ts')) return [];
    return /\bsql`|\.query\(\s*[`'"]/.test(text) ? ['has SQL'] : [];
  });
  // The readiness probe asks whether the database answers at all.
  assert.deepEqual(elsewhere, ['src/app.ts: has SQL']);
});

test('no statement is put together from strings outside of database/', () => {
  const raw = offenders(({ path, text }) => {
    if (path.startsWith('src/database/')) return [];
    return /sql-template-tag|\braw\(/.test(text) ? ['reaches past the sql tag'] : [];
  });
  assert.deepEqual(raw, []);
});

test('nobody but database/ sees a raw client or pool', () => {
  const clients = offenders(({ path, text }) =>
    !path.startsWith('src/database/') && /^import (?!type).*from 'pg'/m.test(text) ? ['imports pg'] : [],
  );
  assert.deepEqual(clients, ['src/jobs/runner.ts: imports pg']);
});

test('process.env is read in config.ts only', () => {
  const readers = offenders(({ path, text }) =>
    path !== 'src/config.ts' && /process\.env/.test(text) ? ['reads process.env'] : [],
  );
  assert.deepEqual(readers, []);
});

test('whoever calls out goes through the guarded client, or to an address that the operator alone has set (IN-6, V13.2.4)', () => {
  const speaks =
    /\bfetch\(|from '(?:undici|nodemailer|imapflow|node:(?:https?|http2|net|tls|dgram|dns)(?:\/promises)?)'|\bnew WebSocket\(|\bnew EventSource\(/;
  const callers = sources.filter(({ text }) =>
    // Types alone open no connection; only what is imported as a value does.
    speaks.test(text.replace(/^import type .*$/gm, '').replace(/\bguardedFetch\(/g, '')),
  );
  assert.deepEqual(
    callers.map(({ path }) => path).sort(),
    [
      // The guarded client itself, and the test of what is a public address.
      'src/http/outgoing.ts',
      // Listen, or look for a free port: they call nobody.
      ...['src/database/embedded.ts', 'src/http/server-lifecycle.ts', 'src/mail/captured-page.ts'],
      // Set by the operator: models, the search service, login providers, the mail server, this installation itself.
      ...['src/llm/upstream.ts', 'src/features/web/search.ts', 'src/features/accounts/outside/ask-provider.ts'],
      ...['src/mail/smtp.ts', 'src/mail/captured.ts', 'src/features/status/probing.ts'],
      // The mailbox of reports, and the name servers that know whether a mail's sender is forged.
      ...['src/features/disclosure/intake/mailbox.ts', 'src/features/disclosure/intake/child.ts'],
      ...['src/features/security/claims/answers.ts', 'src/features/security/claims/transport.ts'],
      // The collector of the log.
      'src/log/link.ts',
    ].sort(),
  );
});

test('views write unescaped only what other views rendered', () => {
  const unescaped = views.flatMap(({ path, text }) => {
    const found = [...text.matchAll(/<%-\s*([^%]*)%>/g)].map((match) => (match[1] ?? '').trim());
    return found
      .filter((code) => !code.startsWith('include(') && !(code === 'body' && path.startsWith('views/layouts/')))
      .map((code) => `${path}: ${code.slice(0, 60)}`);
  });
  // Text of models and members, made harmless by the one sanitiser of http/markdown.ts.
  assert.deepEqual(unescaped, ['views/partials/prose.ejs: body']);
});

test('scripts put text into pages as text: HTML only where the one sanitiser made it (V3.2.2)', () => {
  const scripts = read(join('public', 'js'), '.js');
  assert.ok(scripts.length > 20);
  const using = (pattern: RegExp) =>
    scripts
      .filter(({ text }) => pattern.test(text))
      .map(({ path }) => path)
      .sort();
  assert.deepEqual(
    using(/\.(outerHTML\s*=|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment)|document\.write|\.srcdoc/),
    [],
  );
  assert.deepEqual(using(/\beval\(|new Function\(|setTimeout\(\s*['"`]|javascript:/), []);
  // An answer that was drawn on the server, and the preview of a page: both by http/markdown.ts.
  assert.deepEqual(using(/\.innerHTML\s*=/), ['public/js/chat-parts.js', 'public/js/page-editor.js']);
  const given = scripts.flatMap(({ text }) =>
    [...text.matchAll(/\.innerHTML\s*=\s*([^;]+);/g)].map(([, from]) => from),
  );
  assert.deepEqual(given.sort(), ['answer.html', 'html']);
});

test('no view has an inline style, script or event handler', () => {
  const inline = views.flatMap(({ path, text }) => {
    if (path.startsWith('views/emails/')) return [];
    return /<script(?![^>]*src=)|<style|\sstyle="|\son\w+="/.test(text) ? [path] : [];
  });
  assert.deepEqual(inline, []);
});

test('files stay small: none over 250 lines', () => {
  const long = sources.filter(({ text }) => text.split('\n').length > 251).map(({ path }) => path);
  assert.deepEqual(long, []);
});

test('no random number that is not cryptographic makes a secret, and nothing is evaluated (V6.5.3, V11.4.1, V11.5.1)', () => {
  const weak = offenders(({ path, text }) => [
    // Ports and waiting times of the database's own are no secrets.
    ...(!path.startsWith('src/database/') && /Math\.random/.test(text) ? ['draws what can be guessed'] : []),
    ...(/\beval\(|new Function\(|child_process'.*\bexec\b|shell: true/.test(text) ? ['evaluates or uses a shell'] : []),
    ...(/createHash\('(md5|sha1)'/.test(text) ? ['uses a broken hash'] : []),
  ]);
  assert.deepEqual(weak, []);
});

describe('routes', () => {
  let known: readonly { method: string; path: string; access: string }[] = [];
  before(async () => {
    process.env.MASTER_KEY ??= Buffer.alloc(32, 7).toString('base64');
    await import('../src/app.js');
    const { routes } = await import('../src/http/route.js');
    known = routes();
  });

  test('are made through the registry only', () => {
    const direct = offenders(({ path, text }) =>
      path.startsWith('src/features/') && /express\.Router|\bRouter\(\)|app\.(get|post|use)\(/.test(text)
        ? ['makes a route past the registry']
        : [],
    );
    assert.deepEqual(direct, []);
  });

  test('say who may open them, and those of a workspace are never public', () => {
    for (const { path, access } of known) {
      assert.ok(access, `${path} has no access`);
      if (path.startsWith('/w/')) assert.notEqual(access, 'public', path);
    }
  });
});
