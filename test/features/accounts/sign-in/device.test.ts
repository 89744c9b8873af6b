import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceName } from '../../../../src/features/accounts/sign-in/device.js';

const linux = 'Mozilla/5.0 (X11; Linux x86_64)';
const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)';

test('a browser is named so that its owner recognises it (AC-10)', () => {
  const named: Record<string, string> = {
    [`${linux} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36`]: 'Chrome on Linux',
    [`${linux} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`]: 'Edge on Linux',
    [`${phone} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1`]: 'Safari on iPhone',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0': 'Firefox on Windows',
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile': 'Chrome on Android',
    [`${linux} AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0 Safari/537.36`]: 'Chrome on Linux',
    'curl/8.9.1': 'curl',
    '<script>alert(1)</script>': 'A browser',
    '': 'A browser',
  };
  for (const [userAgent, name] of Object.entries(named)) assert.equal(deviceName(userAgent), name);
});
