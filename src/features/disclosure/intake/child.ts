import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';
import { type AddressObject, type ParsedMail as Parsed, simpleParser } from 'mailparser';
import { type Envelope, limits, type ParsedMail } from './message.js';

interface Verdict {
  readonly status?: { readonly result?: string };
}
interface Authentication {
  readonly spf?: Verdict;
  readonly dkim?: { readonly results?: readonly Verdict[] };
  readonly dmarc?: Verdict;
}
type Authenticate = (message: Buffer, options: object) => Promise<Authentication>;

const { authenticate } = createRequire(import.meta.url)('mailauth') as { authenticate: Authenticate };

// A line with the envelope, then the mail; the answer is one piece of JSON. Whoever started us ends us in time.
const input = await buffer(process.stdin);
const line = input.indexOf(0x0a);
const envelope = JSON.parse(input.toString('utf8', 0, line)) as Envelope;
const message = input.subarray(line + 1);
process.stdout.write(JSON.stringify(await read(message, envelope)));

async function read(mail: Buffer, from: Envelope): Promise<ParsedMail> {
  // Neither links nor files that a mail names are followed; HTML becomes text.
  const parsed = await simpleParser(mail, { skipHtmlToText: false, skipImageLinks: true, skipTextToHtml: true });
  const sender = parsed.from?.value[0];
  return {
    from: (sender?.address ?? '').slice(0, 254),
    name: (sender?.name ?? '').slice(0, 100),
    subject: (parsed.subject ?? '(without a subject)').slice(0, 200),
    text: (parsed.text ?? '').slice(0, limits.textCharacters),
    messageId: (parsed.messageId ?? '').slice(0, 998),
    automatic: isAutomatic(parsed, from),
    attachments: parsed.attachments.slice(0, limits.attachments).map(({ filename, contentType, content }) => ({
      name: (filename ?? 'attachment').slice(0, 200),
      mediaType: contentType,
      content: content.toString('base64'),
    })),
    verdicts: await judge(mail, from),
  };
}

function isAutomatic(parsed: Parsed, { sender }: Envelope): boolean {
  const header = (name: string) => String(parsed.headers.get(name) ?? '').toLowerCase();
  const submitted = header('auto-submitted');
  const to = parsed.headers.get('from') as AddressObject | undefined;
  return (
    sender === '' ||
    (submitted !== '' && submitted !== 'no') ||
    /bulk|list|junk/.test(header('precedence')) ||
    parsed.headers.has('list') ||
    parsed.headers.has('list-id') ||
    parsed.headers.has('x-auto-response-suppress') ||
    /^(mailer-daemon|postmaster|no-?reply)@/i.test(to?.value[0]?.address ?? '')
  );
}

async function judge(mail: Buffer, { ip, helo, sender, host }: Envelope): Promise<ParsedMail['verdicts']> {
  try {
    const options = { ip, helo, sender, mta: host, disableArc: true, disableBimi: true };
    const { spf, dkim, dmarc } = await authenticate(mail, options);
    const results = dkim?.results?.map(({ status }) => status?.result ?? 'none') ?? [];
    return {
      spf: spf?.status?.result ?? 'none',
      dkim: results.includes('pass') ? 'pass' : (results[0] ?? 'none'),
      dmarc: dmarc?.status?.result ?? 'none',
    };
  } catch {
    // Without DNS nothing can be said of who sent it. It is a report all the same.
    return { spf: 'unknown', dkim: 'unknown', dmarc: 'unknown' };
  }
}
