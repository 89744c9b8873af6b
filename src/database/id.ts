import { randomBytes } from 'node:crypto';

const mostInMs = 0xfff;
let lastMs = 0;
let counter = 0;

/**
 * A UUID version 7. Those of one process sort in the order in which they were made, within a millisecond too and when
 * the clock steps back (RFC 9562 §6.2, a counter in rand_a); those of several by the millisecond.
 */
export function newId(): string {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = 0;
  } else if (counter < mostInMs) counter += 1;
  else {
    lastMs += 1;
    counter = 0;
  }
  const bytes = randomBytes(16);
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
