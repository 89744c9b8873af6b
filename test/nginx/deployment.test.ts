import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { projectPath } from '../../src/config.js';

const read = (...path: string[]) => readFileSync(projectPath(...path), 'utf8');
const withoutComments = (text: string) => text.replace(/^\s*#.*$/gm, '');
const namesIn = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort();

const compose = withoutComments(read('compose.yaml'));
const example = withoutComments(read('.env.example'));
const offered = namesIn(example, /^([A-Z_]+)=/gm);

test('compose fills in every placeholder of the Nginx template, and no other (OP-2)', () => {
  const asked = namesIn(withoutComments(read('nginx', 'bailiwick.conf.template')), /\$\{([A-Z_]+)\}/g);
  const nginx = compose.slice(compose.indexOf('\n  nginx:'), compose.indexOf('\nnetworks:'));
  const given = namesIn(nginx, /^ {6}([A-Z_]+):/gm).filter((name) => name !== 'NGINX_ENVSUBST_FILTER');
  assert.deepEqual(given, asked);
  const [, filter = ''] = /NGINX_ENVSUBST_FILTER: \^\(([A-Z_|]+)\)/.exec(nginx) ?? [];
  assert.deepEqual(filter.split('|').sort(), asked);
});

test('the head of the Nginx template explains every placeholder (GV-7)', () => {
  const template = read('nginx', 'bailiwick.conf.template');
  const asked = namesIn(withoutComments(template), /\$\{([A-Z_]+)\}/g);
  assert.deepEqual(namesIn(template, /^# {3}([A-Z_]+) {2,}/gm), asked);
});

test('no secret has a default: compose refuses to start without it (OP-2)', () => {
  for (const [line, name = ''] of compose.matchAll(
    /^\s+(\w*(?:PASSWORD|SECRET|MASTER_KEY|SMTP_URL|DATABASE_URL)\w*): .*$/gm,
  )) {
    assert.match(line, /\$\{[A-Z_]+:\?set it in \.env\}/, name);
  }
  assert.doesNotMatch(compose, /\$\{\w*(PASSWORD|SECRET|KEY)\w*(:?-|\})/);
  assert.deepEqual(
    namesIn(compose, /\$\{([A-Z_]+)/g).filter((name) => !offered.includes(name)),
    [],
  );
});

test('.env.example holds no value, and names nothing that nobody reads (OP-2)', () => {
  assert.match(example.trim(), /^([A-Z_]+=\n+)*[A-Z_]+=$/);
  const config = read('src', 'config.ts');
  const unread = offered.filter(
    (name) => !new RegExp(`^ {2}${name}:`, 'm').test(config) && !compose.includes(`\${${name}:`),
  );
  assert.deepEqual(unread, []);
});

test('.env.example names every setting that can be made (OP-2)', () => {
  const settings = namesIn(read('src', 'config.ts'), /^ {2}([A-Z][A-Z_]+):/gm);
  const everything = read('.env.example');
  assert.deepEqual(
    settings.filter((name) => !new RegExp(`^(# )?${name}=`, 'm').test(everything)),
    [],
  );
});

test('the image is built of what is copied into it, and of nothing else (OP-2)', () => {
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')));
  const dockerfile = read('Dockerfile');
  const copied = namesIn(dockerfile, /^COPY (?!--from)([\w./ -]+) \S+$/gm).flatMap((names) => names.split(' '));
  for (const [, name = ''] of dockerfile.matchAll(/^RUN npm run --silent (\S+)$/gm)) {
    const sources = [...(scripts[name] ?? '').matchAll(/"(\w+)\/\*\*/g)].map(([, folder = '']) => folder);
    assert.ok(sources.length > 0, name);
    for (const folder of sources) assert.ok(copied.includes(folder), `${name} wants ${folder}`);
  }
  const allowed = namesIn(read('.dockerignore'), /^!(\S+)$/gm);
  for (const name of copied) assert.ok(allowed.includes(name), name);
});

test('the image runs as nobody special, with production packages only, and no secret can get in (OP-2)', () => {
  const last =
    read('Dockerfile')
      .split(/^FROM /m)
      .at(-1) ?? '';
  assert.match(last, /^USER node$/m);
  assert.match(last, /^STOPSIGNAL SIGTERM$/m);
  assert.match(last, /^HEALTHCHECK /m);
  assert.doesNotMatch(last, /COPY \. |npm |ARG .*(SECRET|KEY|PASSWORD)/);
  assert.doesNotMatch(read('Dockerfile'), /npm ci(?!.*--ignore-scripts)/);
  assert.match(withoutComments(read('.dockerignore')).trim(), /^\*\n/);
});
