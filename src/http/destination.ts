/** Where a link in untrusted text leads, when it may lead there at all. */
export interface Destination {
  /** What the link opens: the leaving page, or a mail to one address and nothing else. */
  readonly href: string;
  /** The host, in ASCII so that look-alike letters show, or the mail address. */
  readonly shown: string;
  readonly url: string;
}

const longest = 2000;
const mailAddress = /^[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+){1,8}$/;

/** Only http, https and mailto; no user name in front of the host, which could look like one. Undefined for all else. */
export function destinationOf(given: string): Destination | undefined {
  if (given.length > longest || !/^(?:https?:\/\/|mailto:)/i.test(given) || !URL.canParse(given)) return undefined;
  const url = new URL(given);
  if (url.protocol === 'mailto:') return mailDestination(url.pathname);
  if (url.username || url.password || !url.hostname) return undefined;
  return { href: `/leave?to=${encodeURIComponent(url.href)}`, shown: url.host, url: url.href };
}

// Without its query: a subject and text written in advance could carry away what the reader never saw.
function mailDestination(address: string): Destination | undefined {
  if (!mailAddress.test(address)) return undefined;
  return { href: `mailto:${address}`, shown: address, url: `mailto:${address}` };
}

/** Whether a label says already where the link leads. */
export function isShownBy(label: string, { url, shown }: Destination): boolean {
  const text = label.trim();
  const withoutScheme = url.replace(/^(?:https?:\/\/|mailto:)/, '');
  return [url, shown, withoutScheme, withoutScheme.replace(/\/$/, '')].includes(text);
}
