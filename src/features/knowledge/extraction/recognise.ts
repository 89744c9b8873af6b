import { Invalid } from '../../../errors.js';
import { containerType, type OfficeType } from './container-type.js';
import type { Limits } from './limits.js';
import { extensionOf, type MediaType, mediaTypes, promisedType, readableTypes } from './media-types.js';
import { decodeHtml, decodeText, latin1 } from './text-decoding.js';
import { hasTags, isHtmlPage, textKind } from './text-kind.js';
import { unknownContent } from './unknown-content.js';
import { openZip, type Zip } from './zip.js';
import { endOfDirectory } from './zip-directory.js';

/** A file whose content was recognised, opened as far as recognising it took. */
export type Recognised =
  | { readonly mediaType: 'application/pdf'; readonly bytes: Buffer }
  | { readonly mediaType: OfficeType; readonly zip: Zip }
  | { readonly mediaType: 'text/html' | 'text/markdown' | 'text/csv' | 'text/plain'; readonly text: string };

/** Decides by content what a file is and refuses one whose name says something else (KB-2). Messages are for the person. */
export async function recognise(bytes: Buffer, fileName: string, limits: Limits): Promise<Recognised> {
  if (bytes.length === 0) throw new Invalid('This file is empty. Choose another one.');
  const found = await byContent(bytes, fileName, limits);
  const promised = promisedType(fileName);
  if (extensionOf(fileName) !== '' && promised !== found.mediaType) refuseName(fileName, found.mediaType);
  return found;
}

async function byContent(bytes: Buffer, fileName: string, limits: Limits): Promise<Recognised> {
  const head = latin1(bytes.subarray(0, 1024));
  if (/^(?:\u00ef\u00bb\u00bf)?\s{0,64}%PDF-/u.test(head))
    return { mediaType: 'application/pdf', bytes: wholePdf(bytes) };
  if (head.includes('%PDF-') && extensionOf(fileName) === 'pdf') throw new Invalid(polyglot);
  if (head.startsWith('PK\u0003\u0004')) {
    const zip = openZip(bytes, limits);
    return { mediaType: containerType(zip, fileName), zip };
  }
  const binary = await unknownContent(bytes);
  if (binary) throw new Invalid(unreadable(fileName, binary));
  return ofText(bytes, fileName);
}

const polyglot =
  'This PDF has another file in front of it or behind it, so it was not read. Print it to a new PDF and upload that.';

/** A PDF that is a ZIP container at the same time shows different content to different programs. */
function wholePdf(bytes: Buffer): Buffer {
  const end = endOfDirectory(bytes);
  if (end !== undefined && bytes.readUInt16LE(end + 10) > 0) throw new Invalid(polyglot);
  return bytes;
}

function ofText(bytes: Buffer, fileName: string): Recognised {
  const promised = promisedType(fileName);
  const text = decodeText(bytes);
  const other = textKind(text);
  if (other) throw new Invalid(unreadable(fileName, other));
  const page = isHtmlPage(text);
  if (page || (promised === 'text/html' && hasTags(text))) return { mediaType: 'text/html', text: decodeHtml(bytes) };
  if (promised === 'text/markdown' || promised === 'text/csv') return { mediaType: promised, text };
  return { mediaType: 'text/plain', text };
}

function refuseName(fileName: string, found: MediaType): never {
  const extension = extensionOf(fileName);
  if (found === 'text/plain' && !promisedType(fileName))
    throw new Invalid(`Files named .${extension} cannot be read. Upload ${readableTypes}.`);
  const { label, extensions } = mediaTypes[found];
  const advice = `If that is right, rename it to .${extensions[0]} and upload it again.`;
  throw new Invalid(`This is named .${extension} but its content is ${label}. ${advice}`);
}

export function unreadable(fileName: string, what: string): string {
  const extension = extensionOf(fileName);
  const named = promisedType(fileName) ? `This is named .${extension} but its content is ${what}` : `This is ${what}`;
  return `${named}, which cannot be read. Upload ${readableTypes}.`;
}
