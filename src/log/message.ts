import { hostname } from 'node:os';

/** Severities of RFC 5424 §6.2.1 for the levels of our log, and the first facility that is left to local use. */
const severities: Readonly<Record<string, number>> = { fatal: 2, error: 3, warn: 4, info: 6, debug: 7, trace: 7 };
const facility = 16;
/** A field is printable ASCII without blanks; `-` stands for none. */
const host =
  hostname()
    .replace(/[^\x21-\x7e]/g, '')
    .slice(0, 255) || '-';

/** One line of our log as a message of RFC 5424. Its text stays the JSON that it is, on one line. */
export function asMessage(line: string): string {
  const [, level = ''] = /"level":"([a-z]+)"/.exec(line) ?? [];
  const [, time = '-'] = /"time":"([0-9T:.Z-]+)"/.exec(line) ?? [];
  return `<${facility * 8 + (severities[level] ?? 6)}>1 ${time} ${host} bailiwick ${process.pid} - - ${line.trimEnd()}`;
}

/** RFC 5425 §4.3: the length in bytes, a blank, the message. */
export function framed(message: string): Buffer {
  const bytes = Buffer.from(message);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}
