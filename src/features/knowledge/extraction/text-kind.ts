/** What a text is when it is none of the texts that can be read; undefined when it may be read. */
export function textKind(text: string): string | undefined {
  const head = text.slice(0, 4096).trimStart();
  if (head.startsWith('{\\rtf')) return 'an RTF document';
  if (head.startsWith('%!PS')) return 'a PostScript document';
  if (head.startsWith('<svg')) return 'an SVG image';
  if (head.startsWith('<?xml') && !isHtmlPage(text)) return 'an XML document';
  return isTestVirus(head) ? 'the harmless test file for virus scanners (EICAR)' : undefined;
}

/** A whole page, by how it begins: after comments and an XML declaration, a doctype or one of the outermost elements. */
export function isHtmlPage(text: string): boolean {
  const start = afterPreamble(text.slice(0, 16_384));
  return /^<(?:!doctype\s+html|html|head|body)[\s>/]/iu.test(start);
}

/** Text that someone named .html: a piece of a page counts, prose does not. */
export function hasTags(text: string): boolean {
  return /<(?:p|div|span|table|h[1-6]|ul|ol|li|a|br|section|article|main|title|pre|img)[\s>/]/iu.test(
    text.slice(0, 65_536),
  );
}

/**
 * Not a virus scanner: nothing uploaded is kept or served again, only its text. The standard test file is refused, so that
 * whoever checks an installation with it gets the expected answer. In two halves, or scanners would remove this file.
 */
export function isTestVirus(head: string): boolean {
  return head.startsWith(`X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR${'-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'}`);
}

function afterPreamble(head: string): string {
  let rest = head.trimStart();
  while (rest.startsWith('<!--') || rest.startsWith('<?')) {
    const end = rest.startsWith('<?') ? rest.indexOf('?>') + 2 : rest.indexOf('-->') + 3;
    if (end < 4) return rest;
    rest = rest.slice(end).trimStart();
  }
  return rest;
}
