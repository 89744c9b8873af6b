import { Invalid } from '../../../errors.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The text of a file in UTF-8, in UTF-16 with its mark, or else in windows-1252. Binary content is refused. */
export function decodeText(bytes: Uint8Array): string {
  const marked = markedUtf16(bytes);
  const text = marked ? new TextDecoder(marked).decode(bytes) : withoutMark(bytes);
  if (text.includes('\0')) throw new Invalid(notText);
  return text;
}

export const notText =
  'The content of this file is not text. If it was made by another program, export it as PDF or plain text and upload that.';

/** The label of an HTML page's `<meta charset>`, where the decoder knows it. */
export function decodeHtml(bytes: Uint8Array): string {
  const label = /<meta[^>]{0,200}charset\s{0,9}=\s{0,9}["']?([\w-]{2,40})/iu.exec(latin1(bytes.subarray(0, 2048)))?.[1];
  if (!label || markedUtf16(bytes) || isUtf8(bytes)) return decodeText(bytes);
  try {
    const decoder = new TextDecoder(label);
    return decoder.encoding === 'windows-1252' ? windows1252(bytes) : decoder.decode(bytes);
  } catch {
    return decodeText(bytes);
  }
}

/** 0x80 to 0x9f, where windows-1252 has letters and quotes and latin1 has controls; five are unused. */
const upperControls = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** By hand: the decoder of Node 20 takes windows-1252 for latin1. */
function windows1252(bytes: Uint8Array): string {
  return latin1(bytes).replace(/[\u0080-\u009f]/gu, (letter) => upperControls.charAt(letter.charCodeAt(0) - 0x80));
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function markedUtf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function withoutMark(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    if (mostlyControls(bytes)) throw new Invalid(notText);
    return windows1252(bytes);
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Any bytes at all are windows-1252; bytes that hold many control characters are not text in it. */
export function mostlyControls(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 65_536);
  const controls = sample.reduce((count, byte) => (byte < 9 || (byte > 13 && byte < 32) ? count + 1 : count), 0);
  return controls > sample.length / 200;
}
