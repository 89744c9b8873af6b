import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { projectPath } from '../../src/config.js';
import { collectorAt } from '../../src/log/address.js';
import { type Collector, openCollector } from '../../src/log/collector.js';
import { createLog } from '../../src/log.js';
import { type Certificate, newCertificate } from '../support/certificate.js';
import { until } from '../support/until.js';
import { type CollectorServer, startCollector } from './collector-server.js';

let certificate: Certificate;
const opened: { close(): unknown }[] = [];
before(() => {
  certificate = newCertificate(['DNS:localhost']);
});
after(async () => {
  for (const each of opened) await each.close();
  certificate?.remove();
});

async function collector(port = 0): Promise<CollectorServer> {
  const server = await startCollector(certificate, port);
  opened.push(server);
  return server;
}

/** A second log, and what is told of it: its own notices go to it as the product's do. */
function second(address: string, mostBytes?: number) {
  const told: string[] = [];
  const log = createLog('debug', {
    write(line: string) {
      told.push(line);
      link.write(line);
    },
  });
  const link: Collector = openCollector(address, {
    ...(mostBytes === undefined ? {} : { mostBytes }),
    ...{ retryMs: 20, notice: (fields, text) => log.warn(fields, text) },
  });
  opened.push(link);
  return { log, link, told };
}

const run = promisify(execFile);
const textOf = (message: string) => message.replace(/^<\d+>1 \S+ \S+ bailiwick \d+ - - /, '');

describe('the log on another machine (V16.4.3)', () => {
  test('gets every line as it is, with its severity, and a line break inside stays inside (V16.4.3, V16.4.1)', async () => {
    const server = await collector();
    const { log, told } = second(server.address);
    log.info({ place: 'here' }, 'all is well');
    log.error({ name: 'über\r\n<0>1 - - forged' }, 'it broke\nin two');
    log.warn({ secret: 'canary' }, 'careful');
    await until('all lines came', () => server.messages.length === 3);
    assert.deepEqual(
      server.messages.map(textOf),
      told.map((line) => line.trimEnd()),
    );
    assert.deepEqual(
      server.messages.map((message) => /^<(\d+)>1 (\S+) \S+ bailiwick \d+ - - \{/.exec(message)?.[1]),
      ['134', '131', '132'],
    );
    const [first = ''] = server.messages;
    assert.equal(first.split(' ')[1], JSON.parse(textOf(first)).time);
    assert.doesNotMatch(server.messages.join(''), /canary|\n/);
  });

  test('waits for one that is away, says so once, and gives it what waited (V16.4.3)', async () => {
    const server = await collector();
    const port = Number(new URL(server.address).port);
    const { log, told } = second(server.address);
    log.info('before');
    await until('it came', () => server.messages.length === 1);
    await server.close();
    await until('its end was noticed', () => told.some((line) => line.includes('is not reached')));
    for (let at = 0; at < 50; at += 1) log.info(`while it is away ${at}`);
    const again = await collector(port);
    await until('what waited came', () => again.messages.some((message) => message.includes('reached again')));
    const texts = again.messages.map(textOf).join('\n');
    for (let at = 0; at < 50; at += 1) assert.ok(texts.includes(`while it is away ${at}"`), String(at));
    assert.equal(told.filter((line) => line.includes('is not reached')).length, 1);
  });

  test('never holds up the process: what a deaf one cannot take is dropped in bounds, counted and told (V16.4.3)', async () => {
    const server = await collector();
    server.isDeaf = true;
    const { log, told } = second(server.address, 50_000);
    await until('it is connected', () => server.sockets.size === 1);
    const lines = 4000;
    const text = 'x'.repeat(4000);
    for (let at = 0; at < lines; at += 1) log.info({ at }, text);
    assert.equal(told.length, lines, 'each was written to the first log at once');
    const port = Number(new URL(server.address).port);
    await server.close();
    const hearing = await collector(port);
    await until('it was told what is missing', () => hearing.messages.some((one) => one.includes('lacks lines')));
    const missing = JSON.parse(textOf(hearing.messages.find((one) => one.includes('lacks lines')) ?? '')).lines;
    const kept = hearing.messages.filter((one) => one.includes(text)).length;
    assert.ok(kept < 200 && missing > lines / 4, `${kept} kept, ${missing} missing`);
    assert.ok(
      hearing.messages.some((one) => one.includes(`"at":${lines - 1},`)),
      'the newest is among those kept',
    );
  });

  test('is told nothing when it cannot prove who it is (V16.4.3, V12.3.2)', async () => {
    const server = await collector();
    const other = newCertificate(['DNS:another.example']);
    opened.push({ close: other.remove });
    const stranger = server.address.replace(/\?.*/, '');
    for (const address of [stranger, `${stranger}?ca=${other.certificateFile}`]) {
      const { log, told } = second(address);
      log.info('for nobody else');
      await until('it was refused', () => told.some((line) => /is not reached/.test(line)));
    }
    const misnamed = await startCollector(other);
    opened.push(misnamed);
    const { log, told } = second(misnamed.address);
    log.info('for nobody else');
    await until('its name was compared', () => told.some((line) => /ALTNAME/.test(line)));
    assert.deepEqual([...server.messages, ...misnamed.messages], []);
  });

  test('its address is understood whole or not at all (V16.4.3)', () => {
    const { host, port, minVersion } = collectorAt('syslogs://logs.example.org');
    assert.deepEqual({ host, port, minVersion }, { host: 'logs.example.org', port: 6514, minVersion: 'TLSv1.2' });
    for (const wrong of [
      ...['syslog://logs.example.org', 'https://logs.example.org', 'syslogs://a/path', 'syslogs://name:word@a'],
      ...['syslogs://a?insecure=1', `syslogs://a?cert=${certificate.certificateFile}`],
    ])
      assert.throws(() => collectorAt(wrong), /must look like/, wrong);
  });

  test('the whole process writes to both, and waits a moment for the second at its end (V16.4.3, V16.2.3)', async () => {
    const server = await collector();
    const code = `const { log, flushLog } = await import(${JSON.stringify(pathToFileURL(projectPath('dist/src/log.js')).href)});
      for (let at = 0; at < 5; at += 1) log().info({ at }, 'said twice');
      await flushLog(5000);`;
    const env = { ...process.env, LOG_SYSLOG: server.address, LOG_LEVEL: 'info' };
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { env });
    await until('all came', () => server.messages.length === 5);
    assert.deepEqual(server.messages.map(textOf), stdout.trim().split('\n'));
  });
});

test('nothing but the two logs is written: no file of the program writes one to the disk (V16.2.3)', () => {
  const names = readdirSync(projectPath('src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.ts$/.test(name),
  );
  const using = (pattern: RegExp) =>
    names.filter((name) => pattern.test(readFileSync(projectPath('src', name), 'utf8'))).sort();
  assert.deepEqual(using(/\bconsole\.(log|error|warn|info|debug)\b|pino\.(destination|transport)|sonic-boom/), [
    'log.ts',
  ]);
  assert.deepEqual(using(/\b(appendFile|createWriteStream)/), []);
  // The built-in database, captured mails, uploads while they are read, the model, secrets and reviews: no lines of a log.
  assert.deepEqual(using(/\bwriteFile(Sync)?\(/), [
    ...['commands/dump.ts', 'commands/reports.ts', 'database/embedded.ts'],
    'features/assurance/components/kept.ts',
    ...['features/knowledge/retrieval/model/file.ts', 'features/knowledge/uploads.ts', 'features/web/reading.ts'],
    ...['mail/captured.ts', 'vault/deployment.ts'],
  ]);
});
