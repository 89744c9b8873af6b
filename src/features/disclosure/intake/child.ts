import { Resolver } from 'node:dns/promises';
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
    answers: [parsed.inReplyTo, parsed.references].flat().join(' ').slice(0, 5000),
    automatic: isAutomatic(parsed, from),
    attachments: parsed.attachments.slice(0, limits.attachments).map(({ filename, contentType, content }) => ({
      name: (filename ?? 'attachment').slice(0, 200),
      mediaType: contentType,
      content: content.toString('base64'),
    })),
    verdicts: await judge(mail, from),
  };
}

/** Where no envelope came along, what the last mail server wrote of it. */
function returnPath(parsed: Parsed): string | undefined {
  const path = parsed.headers.get('return-path') as AddressObject | undefined;
  return path && (path.value[0]?.address ?? '');
}

function isAutomatic(parsed: Parsed, { sender = returnPath(parsed) }: Envelope): boolean {
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

async function judge(mail: Buffer, from: Envelope): Promise<ParsedMail['verdicts']> {
  const { ip, helo, sender, host, nameServer } = from;
  try {
    const envelope = ip === '' ? {} : { ip, helo, sender };
    const resolver = nameServer ? { resolver: ask(nameServer) } : {};
    const options = { ...envelope, ...resolver, mta: host, disableArc: true, disableBimi: true };
    const { spf, dkim, dmarc } = await authenticate(mail, options);
    const results = dkim?.results?.map(({ status }) => status?.result ?? 'none') ?? [];
    return {
      spf: ip === '' ? 'unknown' : (spf?.status?.result ?? 'none'),
      dkim: results.includes('pass') ? 'pass' : (results[0] ?? 'none'),
      dmarc: dmarc?.status?.result ?? 'none',
    };
  } catch {
    // Without DNS nothing can be said of who sent it. It is a report all the same.
    return { spf: 'unknown', dkim: 'unknown', dmarc: 'unknown' };
  }
}

function ask(nameServer: string): (domain: string, type: string) => Promise<unknown> {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([nameServer]);
  return (domain, type) => resolver.resolve(domain, type);
}
