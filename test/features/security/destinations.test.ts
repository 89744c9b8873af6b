import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationDefaults, readConfig } from '../../../src/config.js';
import { destinations, fetchable, places } from '../../../src/features/security/destinations.js';

const basis = { BASE_URL: 'https://bailiwick.test', DATABASE_URL: 'postgres://web:word@db.internal/bailiwick' };
const at = (environment: Record<string, string>) =>
  destinations(readConfig({ ...basis, ...environment })).map(({ host, port }) => `${host}:${port}`);

test('what is called by configuration is told with host and port, and no password or key (V13.2.5, V13.1.1)', () => {
  const own = ['db.internal:5432', 'bailiwick.test:443'];
  assert.deepEqual(at({}), own);
  assert.deepEqual(
    at({
      ...{
        SMTP_URL: 'smtps://us:hidden@mail.example.org',
        GROQ_API_KEY: 'gsk_hidden',
        LOG_SYSLOG: 'syslogs://logs.test',
      },
      ...{ ANTHROPIC_API_KEY: 'hidden', ANTHROPIC_BASE_URL: 'https://gateway.internal:8443/v1' },
      ...{ GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'hidden', WEB_SEARCH: 'brave', WEB_SEARCH_KEY: 'hidden' },
      ...{ DISCLOSURE_IMAP_URL: 'imaps://us:hidden@imap.example.org/INBOX', DISCLOSURE_NAME_SERVER: '10.0.0.53:5353' },
    }),
    [
      ...['db.internal:5432', 'mail.example.org:465', 'api.groq.com:443', 'gateway.internal:8443', 'github.com:443'],
      ...['api.github.com:443', 'api.search.brave.com:443', 'imap.example.org:993', '10.0.0.53:5353', 'logs.test:6514'],
      'bailiwick.test:443',
    ],
  );
  assert.doesNotMatch(
    JSON.stringify(destinations(readConfig({ ...basis, SMTP_URL: 'smtp://a:hidden@b' }))),
    /hidden|word/,
  );
  assert.deepEqual(
    at({ WEB_SEARCH: 'searxng', WEB_SEARCH_URL: 'http://search.internal:8080' }).at(-2),
    'search.internal:8080',
  );
  assert.equal(fetchable(readConfig({})), 'every public host');
  assert.equal(
    fetchable(readConfig({ OUTGOING_ONLY: 'a.example,*.b.example' })),
    'a.example, *.b.example, and no other',
  );
});

test('every setting that names a server is in that list, or is called by nobody (V13.2.5)', () => {
  const naming = Object.keys(configurationDefaults()).filter((name) =>
    /_URL$|_SERVER$|_HOST$|_ISSUER$|SYSLOG/.test(name),
  );
  const called = places.map(({ setting }) => setting as string);
  // A name, where browsers are sent, and where we listen ourselves.
  const uncalled = ['GOOGLE_ISSUER', 'GOOGLE_AUTHORIZATION_URL', 'DISCLOSURE_SMTP_HOST'];
  assert.deepEqual([...new Set(called)].sort(), naming.filter((name) => !uncalled.includes(name)).sort());
});
