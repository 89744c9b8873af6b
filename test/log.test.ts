import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, withRequestId } from '../src/log.js';

function captured(write: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = [];
  write(createLog('debug', { write: (line: string) => void lines.push(line) }));
  return lines;
}

test('secrets do not reach the log, wherever they stand (CR-6, V16.2.5)', () => {
  const token = 'Zm9v-canary_0123456789abcdefghijklmnopqrstu';
  assert.equal(token.length, 43);
  const error = Object.assign(new Error(`could not reach postgres://web:canary-pass@db/x with ${token}`), {
    code: 'ECONNREFUSED',
  });
  const unreadable = Object.assign(new Error('invalid input syntax for type uuid: "canary-input"'), {
    code: '22P02',
    detail: 'canary-detail',
  });
  const [text] = [
    captured((log) => {
      log.info(
        { password: 'canary-1', newPassword: 'canary-2', passphrase: 'canary-3', session_secret: 'canary-4' },
        'm',
      );
      log.info({ headers: { cookie: 'canary-5', Authorization: 'canary-6' }, 'set-cookie': ['canary-7'] }, 'm');
      log.info(
        {
          deep: {
            deeper: {
              apiKey: 'canary-8',
              api_key: 'canary-9',
              'csrf-token': 'canary-10',
              list: [{ code: 'canary-11' }],
            },
          },
        },
        'm',
      );
      log.info(
        { prompt: 'canary-12', body: { text: 'canary-13' }, question: 'canary-14', email: 'canary@x.test' },
        'm',
      );
      log.info(
        { note: `see /verify/${token}`, header: 'Bearer canary-15.abc', key: 'gsk_canary16abc sk-canary17abcdef' },
        'm',
      );
      log.info({ where: '/x?token=canary-18&code=canary-19', b: Buffer.from('canary-20') }, 'm');
      log.error({ err: error }, 'm');
      log.error(error);
      log.error(new Error('outer', { cause: unreadable }), 'with a cause');
      log.warn(`link /verify/${token}`);
      log.warn('said %s', `password=canary-21`);
      log.child({ secret: 'canary-22' }).info('m');
    }).join(''),
  ];
  assert.ok(text);
  assert.deepEqual(text.match(/canary[\w@.-]*/g), null);
  assert.match(text, /"reason":"ECONNREFUSED"/);
  assert.match(text, /"reason":"22P02"/);
});

test('facts stay readable', () => {
  const [line = ''] = captured((log) =>
    log.info(
      { inputTokens: 12, status: 200, ok: true, none: null, at: new Date(0), big: 5n, tenantId: 'tenant_x' },
      'm',
    ),
  );
  const { inputTokens, status, ok, none, at, big, tenantId, level, msg } = JSON.parse(line);
  assert.deepEqual(
    { inputTokens, status, ok, none, at, big, tenantId, level, msg },
    {
      inputTokens: 12,
      status: 200,
      ok: true,
      none: null,
      at: '1970-01-01T00:00:00.000Z',
      big: '5',
      tenantId: 'tenant_x',
      level: 'info',
      msg: 'm',
    },
  );
});

test('a line is one JSON object with UTC time and the request id, whatever it holds (V1.3.10, V16.2.2, V16.2.4, V16.4.1)', () => {
  const round: { self?: unknown } = {};
  round.self = round;
  const lines = captured((log) =>
    withRequestId('request-0001', () => {
      log.info({ name: 'a\r\nb\u001b[31m\u2028"}', round }, 'two\nlines %s %o %n');
    }),
  );
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.trimEnd().includes('\n'), false);
  assert.equal(lines[0]?.includes('\u001b'), false);
  const line = JSON.parse(lines[0] ?? '');
  assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(line.requestId, 'request-0001');
  assert.equal(line.name, 'a\r\nb\u001b[31m\u2028"}');
});
