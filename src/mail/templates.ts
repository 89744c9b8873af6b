import { join } from 'node:path';
import ejs from 'ejs';
import { z } from 'zod';
import { config, projectPath } from '../config.js';

/**
 * A word that a stranger chose: one line, short, and not something a mail program turns into a link. Otherwise anyone
 * could have us mail "Your account is closed, see evil.example" to any address by signing up under that name.
 */
const words = shortened(80);

/** One of ours, which may hold such a word. */
const sentence = shortened(300);

function shortened(most: number) {
  return z.string().transform((text) => {
    const quiet = oneLine(text.normalize('NFC'))
      .replaceAll('://', ' ')
      .replace(/\.(?=\p{L}{2})/gu, '. ');
    return [...quiet].slice(0, most).join('');
  });
}

/** Links lead to this installation only, by its configured origin, never by a request's Host. */
const link = z.url().refine((url) => new URL(url).origin === config().origin, 'A mail links to this installation only');

const instant = z.date().transform((date) => {
  const [day = '', time = ''] = date.toISOString().split('T');
  return `${day} at ${time.slice(0, 5)} UTC`;
});

const count = z.number().int().nonnegative();

const locals = {
  'verify-email': z.object({ name: words, link, minutes: count }),
  'already-registered': z.object({ name: words, link }),
  invitation: z.object({ workspaceName: words, inviterName: words, role: words, link, days: count }),
  'new-device-sign-in': z.object({ when: instant, device: words, address: words, link }),
  code: z.object({
    ...{ code: z.string().regex(/^\d{6}$/), use: words, minutes: count },
    ...{ when: instant, device: words, address: words },
  }),
  'many-failed-sign-ins': z.object({ when: instant, address: words, link }),
  'security-notice': z.object({ what: words, detail: sentence, when: instant, device: words, address: words, link }),
  recovery: z.object({
    ...{ name: words, reference: words, when: instant, device: words, address: words },
    ...{ link, minutes: count },
  }),
  'new-address': z.object({ name: words, device: words, address: words, link, minutes: count }),
  'address-in-use': z.object({ link }),
  'account-deleted': z.object({ name: words, when: instant, device: words, address: words }),
  'workspace-notice': z.object({
    workspaceName: words,
    what: words,
    detail: sentence,
    reason: sentence,
    when: instant,
  }),
  'decision-waiting': z.object({
    ...{ name: words, workspaceName: words, agentName: words, askedBy: words, toolLabel: words, risk: words },
    until: instant,
    link,
  }),
  digest: z.object({
    ...{
      name: words,
      workspaceName: words,
      headline: words,
      often: words,
      total: count,
      link,
      preferences: link,
      unsubscribe: link,
    },
    items: z.array(z.object({ what: words, title: words, by: words, when: instant, link })).min(1),
  }),
  'private-access': z.object({
    ...{ workspaceName: words, who: words, what: words, reason: sentence, when: instant, until: instant, link },
  }),
  'report-received': z.object({ reference: words, link }),
  'report-answer': z.object({ reference: words, lines: z.array(z.string().max(2000)).min(1).max(500) }),
  'report-news': z.object({ what: words }),
  'workspace-deleted': z.object({ workspaceName: words, when: instant, counts: z.record(words, count) }),
} as const;

export type MailTemplate = keyof typeof locals;
export type MailLocals<T extends MailTemplate> = z.input<(typeof locals)[T]>;
export const mailTemplates = Object.keys(locals) as readonly MailTemplate[];

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Renders both forms of a mail. Throws when a local is missing, or when a link leads elsewhere. */
export async function renderMail<T extends MailTemplate>(template: T, given: MailLocals<T>): Promise<Letter> {
  const values = { ...locals[template].parse(given), origin: config().origin };
  const [plain, html] = await Promise.all([
    render(`${template}.txt`, values, oneLine),
    render(`${template}.html`, values),
  ]);
  const [first = '', ...rest] = plain.split('\n');
  if (!first.startsWith('Subject: ')) throw new Error(`${template}.txt.ejs must begin with "Subject: "`);
  return { subject: oneLine(first.slice('Subject: '.length)), text: `${rest.join('\n').trim()}\n`, html };
}

function render(name: string, values: object, plainly?: (text: unknown) => string): Promise<string> {
  const path = join(projectPath('views', 'emails'), `${name}.ejs`);
  return ejs.renderFile(path, values, { cache: config().production, ...(plainly ? { escape: plainly } : {}) });
}

/** Line ends, other control characters and direction overrides become spaces: nothing can start a header or hide. */
function oneLine(text: unknown): string {
  return String(text)
    .replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}
