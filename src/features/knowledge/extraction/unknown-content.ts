import { Invalid } from '../../../errors.js';
import { markedUtf16, mostlyControls } from './text-decoding.js';

/** Names in words for the binary types that people most often upload by mistake; others are named by their extension. */
const labels: Readonly<Record<string, string>> = {
  png: 'a PNG image',
  jpg: 'a JPEG image',
  gif: 'a GIF image',
  webp: 'a WebP image',
  tif: 'a TIFF image',
  heic: 'a HEIC photo',
  psd: 'a Photoshop image',
  mp3: 'an MP3 recording',
  wav: 'a WAV recording',
  m4a: 'an M4A recording',
  mp4: 'an MP4 video',
  mov: 'a QuickTime video',
  exe: 'a Windows program',
  elf: 'a Linux program',
  macho: 'a macOS program',
  rar: 'a RAR archive',
  '7z': 'a 7-Zip archive',
  gz: 'a gzip archive',
  tar: 'a tar archive',
  mobi: 'a Kindle book',
  sqlite: 'an SQLite database',
};

const compoundFile = Buffer.from('d0cf11e0a1b11ae1', 'hex');

/** What a file is that is neither PDF nor ZIP; undefined for what may be text. */
export async function unknownContent(bytes: Buffer): Promise<string | undefined> {
  if (bytes.subarray(0, 8).equals(compoundFile)) refuseCompoundFile(bytes);
  if (looksLikeText(bytes)) return undefined;
  // Loaded only to name what is refused.
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined);
  return found && (labels[found.ext] ?? `a file of type ${found.ext.toUpperCase()}`);
}

/** Old Office files, and new ones under a password, lie in a compound file (MS-CFB); its directory names are UTF-16. */
function refuseCompoundFile(bytes: Buffer): never {
  if (bytes.includes(Buffer.from('EncryptedPackage', 'utf16le')))
    throw new Invalid('This Office file is locked with a password. Save a copy without one and upload that.');
  throw new Invalid('This file is in an old Office format. Save it as .docx, .xlsx, .pptx or PDF and upload that.');
}

/** Short signatures occur in prose too ("BM", "solid "): only content that cannot be text is asked about. */
function looksLikeText(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, 65_536);
  return markedUtf16(sample) !== undefined || !(sample.includes(0) || mostlyControls(sample));
}
