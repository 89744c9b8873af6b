import { makeZip, type Parts, xmlHead, xmlText } from './container.js';

/** An OpenDocument text with this content inside of `office:text`. */
export function makeOdt(content: string, { title = '', manifest = '' } = {}): Buffer {
  const space = (name: string) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`;
  const spaces = [space('office'), space('text'), space('table'), 'xmlns:dc="http://purl.org/dc/elements/1.1/"'].join(
    ' ',
  );
  return makeZip({
    mimetype: 'application/vnd.oasis.opendocument.text',
    'content.xml': `${xmlHead}<office:document-content ${spaces}><office:body><office:text>${content}</office:text></office:body></office:document-content>`,
    'meta.xml': `${xmlHead}<office:document-meta ${spaces}><office:meta><dc:title>${xmlText(title)}</dc:title></office:meta></office:document-meta>`,
    'META-INF/manifest.xml': `${xmlHead}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">${manifest}</manifest:manifest>`,
  });
}

/** An EPUB book; each chapter is the inside of a body. File names hold a blank, as many books' do. */
export function makeEpub(title: string, chapters: readonly string[], extra: Parts = {}): Buffer {
  const items = chapters.map(
    (_, index) => `<item id="c${index}" href="text/chapter%20${index}.xhtml" media-type="application/xhtml+xml"/>`,
  );
  const spine = chapters.map((_, index) => `<itemref idref="c${index}"/>`);
  const pages = chapters.map((body, index) => [
    `OEBPS/text/chapter ${index}.xhtml`,
    `${xmlHead}<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x.js"/></head><body>${body}</body></html>`,
  ]);
  return makeZip({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': `${xmlHead}<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
    'OEBPS/content.opf': `${xmlHead}<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${xmlText(title)}</dc:title></metadata><manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>${items.join('')}</manifest><spine><itemref idref="nav"/>${spine.join('')}</spine></package>`,
    'OEBPS/nav.xhtml': '<html><body><p>Contents</p></body></html>',
    ...Object.fromEntries(pages),
    ...extra,
  });
}
