import sanitize from 'sanitize-filename';
import { extensionOf, type MediaType, mediaTypes } from './media-types.js';

const longest = 120;
/** Linux and macOS allow 255 bytes a name; room is left for a suffix such as " (2)". */
const mostBytes = 240;
/** Controls, invisible and direction-changing characters, lone surrogates, private use, line and paragraph separators. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const illegal = /[<>:"|?*]/gu;
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/iu;

/**
 * A name that is safe to show, to log and to offer for download (KB-2): no path, nothing invisible, no reserved device
 * name, at most 120 characters with the extension kept, NFC, never empty. It is never used as a path here.
 */
export function cleanFileName(raw: string): string {
  const visible = lastPart(raw).replace(/\s/gu, ' ').replace(unseen, '').normalize('NFC').replace(illegal, '_');
  const tidy = withoutEnds(visible.replace(/ {2,}/gu, ' '), /[. ]/u, 'end');
  const extension = /\.[a-z0-9]{1,10}$/iu.exec(tidy)?.[0] ?? '';
  const stem = withoutEnds(tidy.slice(0, tidy.length - extension.length), /[. ]/u, 'both') || 'file';
  const harmless = reserved.test((stem.split('.')[0] ?? '').trim()) ? `file-${stem}` : stem;
  return sanitize(shorten(harmless, extension) + extension) || 'file';
}

/** A name for what lies at an address, with the extension that its declared type calls for. */
export function fileNameOfAddress(address: string, contentType: string): string {
  const url = new URL(address);
  const last = cleanFileName(decoded(url.pathname) || url.hostname);
  const essence = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  const known = mediaTypes[(essence === 'application/xhtml+xml' ? 'text/html' : essence) as MediaType];
  const extensions: readonly string[] = known?.extensions ?? [];
  // Servers send Markdown and CSV as plain text, and anything at all as octet-stream: then the address knows better.
  if (!known || essence === 'text/plain' || extensions.includes(extensionOf(last))) return last;
  return cleanFileName(`${last}.${extensions[0]}`);
}

function lastPart(raw: string): string {
  return raw.split(/[/\\]/u).findLast((part) => /[^. ]/u.test(part)) ?? '';
}

/** By hand: a regular expression anchored at the end is quadratic in a long run of dots. */
function withoutEnds(text: string, unwanted: RegExp, side: 'end' | 'both'): string {
  let [start, end] = [0, text.length];
  while (end > start && unwanted.test(text.charAt(end - 1))) end -= 1;
  while (side === 'both' && start < end && unwanted.test(text.charAt(start))) start += 1;
  return text.slice(start, end);
}

/** Cuts between what a reader sees as characters, so that no accent or emoji is torn apart. */
function shorten(stem: string, extension: string): string {
  const fits = (text: string) =>
    text.length + extension.length <= longest && Buffer.byteLength(text) + extension.length <= mostBytes;
  if (fits(stem)) return stem;
  let short = '';
  for (const { segment } of new Intl.Segmenter('en').segment(stem.slice(0, longest * 2))) {
    if (!fits(short + segment)) break;
    short += segment;
  }
  return withoutEnds(short, /[. ]/u, 'end') || 'file';
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname).replace(/\/+$/u, '');
  } catch {
    return pathname;
  }
}
