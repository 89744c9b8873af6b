/** A word that stands for something that must not get about, and the places where it may be all the same. */
export interface Canary {
  readonly what: string;
  readonly value: string;
  readonly allowed?: readonly string[];
}

/** A place where it could turn up, and everything that came to be there. */
export interface Sink {
  readonly name: string;
  readonly text: string;
}

/** Each canary that is found where it does not belong, in whatever clothes: `password in log (base64)`. */
export function leaks(canaries: readonly Canary[], sinks: readonly Sink[]): string[] {
  return canaries.flatMap(({ what, value, allowed = [] }) =>
    sinks
      .filter(({ name }) => !allowed.includes(name))
      .flatMap(({ name, text }) => {
        const found = formsOf(value).find(([, form]) => holds(text, form));
        return found ? [`${what} in ${name} (${found[0]})`] : [];
      }),
  );
}

/** Six digits are part of many a longer number; everything else is long enough to mean itself. */
function holds(text: string, form: string): boolean {
  return /^\d{6}$/.test(form) ? new RegExp(`(?<![\\w.])${form}(?![\\w.])`).test(text) : text.includes(form);
}

/** As it is, as in an address, as in JSON, and as bytes are written. */
function formsOf(value: string): [string, string][] {
  const bytes = Buffer.from(value);
  const written: [string, string][] = [
    ['plain', value],
    ['address', encodeURIComponent(value)],
    ['form', new URLSearchParams({ v: value }).toString().slice(2)],
    ['JSON', JSON.stringify(value).slice(1, -1)],
    ['HTML', value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&#34;')],
  ];
  if (value.length < 12) return written;
  return [...written, ['hex', bytes.toString('hex')], ...inBase64(bytes)];
}

/** Three, as it may begin at any of three places in what surrounds it; without the letters that its neighbours share. */
function inBase64(bytes: Buffer): [string, string][] {
  return [0, 1, 2].flatMap((before): [string, string][] => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = before === 0 ? 0 : before + 1;
    const whole = (encoding: 'base64' | 'base64url') =>
      padded.toString(encoding).slice(from, Math.floor((padded.length * 8) / 6));
    return [
      ['base64', whole('base64')],
      ['base64url', whole('base64url')],
    ];
  });
}
