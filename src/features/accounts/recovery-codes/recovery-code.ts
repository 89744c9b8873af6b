import { randomInt } from 'node:crypto';

export const codesInASet = 10;

/** No letters or digits that look like another: 31 signs. */
const signs = 'abcdefghjkmnpqrstuvwxyz23456789';
const labelLength = 4;
const secretLength = 12;

function random(length: number): string {
  return Array.from({ length }, () => signs[randomInt(signs.length)]).join('');
}

/**
 * `kf7m-2qwd-x9ra-hm4t`: the first four signs name the row and are no secret, the twelve others are worth 59 bits, and
 * are stored like a password (ASVS 6.5.2).
 */
export interface RecoveryCode {
  readonly label: string;
  readonly secret: string;
}

export function newCodes(): RecoveryCode[] {
  const labels = new Set<string>();
  while (labels.size < codesInASet) labels.add(random(labelLength));
  return [...labels].map((label) => ({ label, secret: random(secretLength) }));
}

export function written({ label, secret }: RecoveryCode): string {
  return [label, ...(secret.match(/.{4}/g) ?? [])].join('-');
}

/** As it is typed: in any case, with or without dashes and spaces. Undefined when it cannot be one. */
export function readCode(typed: string): RecoveryCode | undefined {
  const plain = typed.toLowerCase().replace(/[\s-]/g, '');
  if (plain.length !== labelLength + secretLength || [...plain].some((sign) => !signs.includes(sign))) return undefined;
  return { label: plain.slice(0, labelLength), secret: plain.slice(labelLength) };
}
