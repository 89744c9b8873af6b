import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { leaksOf, postgresLog } from './support/run-search.js';

const planted = [
  { what: 'password', value: 'grey heron over five piers' },
  { what: 'code', value: '482913' },
];
const secret = 'violet kettle under nine lamps';

/** A run of two processes: the second one gave nothing away. */
function searched(...lines: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-search-'));
  try {
    writeFileSync(join(folder, '1.planted'), planted.map((each) => `${JSON.stringify(each)}\n`).join(''));
    writeFileSync(join(folder, '1.log'), `${['{"msg":"request","bytes":482913}', ...lines].join('\n')}\n`);
    writeFileSync(join(folder, '2.log'), '{"msg":"grey heron over five piers"}\n');
    writeFileSync(join(folder, postgresLog), 'ERROR: no\n');
    return leaksOf(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the search of a run’s logs finds what was given away, in any dress, and nothing else (CR-6, V16.2.5)', () => {
  assert.deepEqual(searched(), []);
  const cases: Readonly<Record<string, RegExp>> = {
    [`{"msg":"${secret}"}`]: /the password of the tests/,
    [Buffer.from(`x${secret}`).toString('base64')]: /the password of the tests.*base64/,
    'with grey+heron+over+five+piers': /password in 1\.log \(form\)/,
    '{"msg":"482913 was typed"}': /code in 1\.log/,
    [`{"path":"/recover/${'aB3-'.repeat(10)}xyz"}`]: /a token in 1\.log/,
    [`cookie session=s%3A${'aB3_'.repeat(10)}xyz.sig`]: /a token|a signed cookie/,
    'sk-0123456789abcdef': /a key of a provider/,
  };
  for (const [line, wanted] of Object.entries(cases)) assert.match(searched(line).join('\n'), wanted, line);
});

test('a process that gave something away and logged nothing has not been searched (CR-6)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-search-'));
  writeFileSync(join(folder, '7.planted'), `${JSON.stringify(planted[0])}\n`);
  assert.deepEqual(leaksOf(folder), ['nothing was written to 7.log']);
  writeFileSync(join(folder, '7.log'), '{"msg":"request"}\n');
  writeFileSync(join(folder, postgresLog), `STATEMENT: select '${planted[0]?.value}'\n`);
  assert.deepEqual(leaksOf(folder), [`password in ${postgresLog} (plain)`]);
  rmSync(folder, { recursive: true });
});
