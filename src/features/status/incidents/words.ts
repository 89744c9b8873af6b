import { destinationOf } from '../../../http/destination.js';
import { renderMarkdown } from '../../../http/markdown.js';

const leaving = /href="\/leave\?to=([\w%.!~*'()-]+)"/g;

/**
 * An operator's Markdown as HTML that can be shown. It passes both walls of renderMarkdown; only its links lead straight
 * where they lead: the leaving page is for members, and these words are for everybody and for feed readers.
 */
export function wordsOf(text: string): string {
  return renderMarkdown(text).replace(leaving, (_, encoded: string) => {
    const destination = destinationOf(decodeURIComponent(encoded));
    return `href="${destination ? escapeMarkup(destination.url) : '/'}"`;
  });
}

// What XML cannot hold at all, escaped or not (XML 1.0, 2.2).
const unspeakable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for an element or a quoted attribute of HTML and XML. */
export function escapeMarkup(text: string): string {
  return text.replace(unspeakable, '').replace(/[&<>"']/g, (sign) => signs[sign] ?? '');
}
