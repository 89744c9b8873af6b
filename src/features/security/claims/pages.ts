import type { Claim } from '../claim.js';
import { unless } from '../claim.js';
import { type Answer, ask } from './answers.js';

/** A page, an answer that is none, and a file: headers are on all of them or on none. */
const asked = ['/sign-in', '/no-such-page', '/css/app.css', '/health'];

interface Rule {
  readonly name: string;
  readonly holds: (value: string) => boolean;
  readonly pagesOnly?: boolean;
}

const rules: readonly Rule[] = [
  { name: 'content-security-policy', holds: (value) => /default-src 'none'/.test(value) && !/unsafe-/.test(value) },
  { name: 'content-security-policy', holds: (value) => /frame-ancestors 'none'/.test(value) },
  { name: 'x-content-type-options', holds: (value) => value === 'nosniff' },
  { name: 'referrer-policy', holds: (value) => /^(same-origin|strict-origin|no-referrer)$/.test(value) },
  { name: 'permissions-policy', holds: (value) => /camera=\(\)/.test(value) },
  { name: 'cross-origin-opener-policy', holds: (value) => value === 'same-origin' },
  { name: 'cross-origin-resource-policy', holds: (value) => value === 'same-origin' },
  { name: 'cache-control', holds: (value) => /no-store/.test(value), pagesOnly: true },
];

export const pageClaims: readonly Claim[] = [
  {
    id: 'headers',
    group: 'Transport',
    title: 'Every answer tells the browser to be strict',
    promise: 'Pages, files and errors forbid foreign scripts, framing, guessing of types and leaking of addresses.',
    mechanism: 'A policy of nothing by default, nonces made anew for each answer, and no exception for inline code.',
    checked: 'A page, an error, a file and the health address are asked for by the public address, headers compared.',
    features: ['CR-3'],
    async check({ origin }) {
      const problems: string[] = [];
      for (const path of asked) problems.push(...missingIn(path, await ask(origin, path), origin));
      const [one, other] = [await ask(origin, '/sign-in'), await ask(origin, '/sign-in')];
      if (nonceOf(one) === nonceOf(other)) problems.push('two pages carry the same nonce');
      return unless(problems, `All ${rules.length} rules hold on ${asked.length} kinds of answers.`, 'partial');
    },
  },
  {
    id: 'session-cookie',
    group: 'Accounts',
    title: 'A session cannot be read by scripts or sent by other sites',
    promise: 'The session is a random name in a cookie that scripts cannot see; what it stands for stays here.',
    mechanism: 'HttpOnly, SameSite=Lax, and over HTTPS Secure with the __Host- prefix.',
    checked: 'The sign-in page is asked for and its cookie is read.',
    features: ['AC-10'],
    async check({ origin }) {
      const { cookies } = await ask(origin, '/sign-in');
      const cookie = cookies.find((text) => /^(__Host-)?session=/.test(text));
      if (!cookie) return unless(['no session cookie was given'], '');
      const https = origin.startsWith('https:');
      const wanted = ['HttpOnly', 'SameSite=Lax', 'Path=/', ...(https ? ['Secure'] : [])];
      const missing = wanted.filter((flag) => !cookie.split('; ').includes(flag)).map((flag) => `${flag} is missing`);
      if (https && !cookie.startsWith('__Host-')) missing.push('the __Host- prefix is missing');
      return unless(missing, `The cookie has ${wanted.join(', ')}.`);
    },
  },
  {
    id: 'forged-forms',
    group: 'Accounts',
    title: 'Another site cannot send our forms',
    promise: 'A form counts only when it comes from a page of ours that this browser was shown.',
    mechanism: 'A token in each form, bound to the session, beside checks of Origin and Fetch-Metadata.',
    checked: 'A sign-in is sent without a token, and once more with the Origin of another site.',
    features: ['CR-4'],
    async check({ origin }) {
      const form = { method: 'POST', body: 'login=self-test&password=self-test' } as const;
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const bare = await ask(origin, '/sign-in', { ...form, headers: { ...type, origin } });
      const foreign = await ask(origin, '/sign-in', {
        ...form,
        headers: { ...type, origin: 'https://elsewhere.invalid' },
      });
      const problems = [
        ...(bare.status === 403 ? [] : [`without a token the answer was ${bare.status}`]),
        ...(foreign.status === 403 ? [] : [`from another site the answer was ${foreign.status}`]),
      ];
      return unless(problems, 'Both were refused.');
    },
  },
];

function missingIn(path: string, answer: Answer, origin: string): string[] {
  const own = [...rules, ...(origin.startsWith('https:') ? [transport] : [])];
  return own
    .filter(({ pagesOnly }) => !pagesOnly || answer.headers['content-type']?.startsWith('text/html'))
    .filter(({ name, holds }) => !holds(answer.headers[name] ?? ''))
    .map(({ name }) => `${name} is wrong or missing at ${path}`);
}

const transport: Rule = {
  name: 'strict-transport-security',
  holds: (value) => Number(/max-age=(\d+)/.exec(value)?.[1] ?? 0) >= 31_536_000,
};

function nonceOf({ headers }: Answer): string | undefined {
  return /'nonce-([^']+)'/.exec(headers['content-security-policy'] ?? '')?.[1];
}
