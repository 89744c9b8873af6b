import { generateSecret, generateURI, verify } from 'otplib';
import QRCode from 'qrcode';

/** Seconds of one step, the default of RFC 6238 and all that every app can do. */
const period = 30;
const quietZone = 4;

/** 160 random bits in base32, as RFC 4226 §4 recommends. */
export function newSecret(): string {
  return generateSecret();
}

/** `F3TJ U3HH ...`: for a person to type. */
export function inGroups(secret: string): string {
  return (secret.match(/.{1,4}/g) ?? []).join(' ');
}

/** What the QR code says: the app shows issuer and label beside the code. */
export function addressOf(secret: string, username: string): string {
  return generateURI({ issuer: 'Bailiwick', label: username, secret });
}

/**
 * The step of a code that is right at this time, one step early or late for clocks that are off (RFC 6238 §5.2);
 * undefined when it is right at none. Whether the step was used already is for the table to say.
 */
export async function stepOf(secret: string, code: string, epochSeconds: number): Promise<number | undefined> {
  if (!/^\d{6}$/.test(code)) return undefined;
  // An object, always: its truth says nothing.
  const result = await verify({ secret, token: code, epoch: epochSeconds, period, epochTolerance: period });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}

export interface Drawing {
  /** Modules of a side, with the white border that readers need. */
  readonly size: number;
  /** The dark modules, for `<path d>`. */
  readonly path: string;
}

/** A QR code as one SVG path: no picture to fetch, and nothing in it that a content security policy minds. */
export function drawQr(text: string): Drawing {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const parts: string[] = [];
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (modules.get(row, column)) parts.push(`M${column + quietZone} ${row + quietZone}h1v1h-1z`);
    }
  }
  return { size: modules.size + 2 * quietZone, path: parts.join('') };
}
