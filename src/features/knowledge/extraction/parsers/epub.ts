import { Invalid } from '../../../../errors.js';
import type { Progress } from '../section.js';
import type { SectionWriter } from '../section-writer.js';
import { decodeHtml } from '../text-decoding.js';
import { readXml } from '../xml.js';
import type { Zip } from '../zip.js';
import { writeHtml } from './html-sections.js';
import { partName } from './office-parts.js';

/** The chapters of the spine, in order (EPUB 3.3). Returns the book's title. */
export function readEpub(
  zip: Zip,
  writer: SectionWriter,
  onProgress: (progress: Progress) => void,
): string | undefined {
  const { title, chapters } = readPackage(zip, packagePart(zip));
  refuseProtected(zip, chapters);
  for (const [index, chapter] of chapters.entries()) {
    const content = zip.read(chapter);
    if (content) writeHtml(decodeHtml(content), writer, { xhtml: true });
    onProgress({ done: index + 1, total: chapters.length });
  }
  return title;
}

const damaged = 'This EPUB book is damaged: it does not say where its chapters are. Get another copy and upload that.';

function packagePart(zip: Zip): string {
  const container = zip.read('META-INF/container.xml');
  let part: string | undefined;
  if (container)
    readXml(container, {
      open: (name, attributes) => {
        if (name === 'rootfile') part ??= attributes['full-path'];
      },
    });
  if (!part) throw new Invalid(damaged);
  return part;
}

function readPackage(zip: Zip, part: string): { title: string | undefined; chapters: string[] } {
  const content = zip.read(part);
  if (!content) throw new Invalid(damaged);
  const items = new Map<string, string>();
  const spine: string[] = [];
  let [title, inTitle] = ['', false];
  readXml(content, {
    open(name, { id = '', href, idref, properties, 'media-type': type }) {
      inTitle = name === 'title' && title === '';
      if (name === 'itemref' && idref) spine.push(idref);
      const isPage = type === 'application/xhtml+xml' || type === 'text/html';
      if (name === 'item' && href && isPage && !properties?.split(' ').includes('nav'))
        items.set(id, partName(part, href));
    },
    text: (piece) => {
      if (inTitle) title += piece;
    },
    close: () => {
      inTitle = false;
    },
  });
  return { title: title.trim() || undefined, chapters: [...new Set(spine.flatMap((id) => items.get(id) ?? []))] };
}

/** Shops lock chapters; encrypted fonts alone are common and harmless. */
function refuseProtected(zip: Zip, chapters: readonly string[]): void {
  const encryption = zip.read('META-INF/encryption.xml');
  if (!encryption) return;
  const locked = new Set<string>();
  readXml(encryption, {
    open: (name, { URI }) => {
      if (name === 'CipherReference' && URI) locked.add(partName('', URI));
    },
  });
  if (chapters.some((chapter) => locked.has(chapter)))
    throw new Invalid('This book is locked by its shop (DRM), so it cannot be read. Upload a copy without protection.');
}
