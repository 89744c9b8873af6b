import { zipSync } from 'fflate';
import mammoth from 'mammoth';
import { Invalid } from '../../../../errors.js';
import type { SectionWriter } from '../section-writer.js';
import { refuseDoctype } from '../xml.js';
import type { Zip } from '../zip.js';
import { writeHtml } from './html-sections.js';
import { coreTitle } from './office-parts.js';

const styles = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh"];

/** Word text by way of mammoth, which sees only the XML parts, unpacked here within the limits. Returns the title. */
export async function readDocx(zip: Zip, writer: SectionWriter): Promise<string | undefined> {
  const noImages = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
  const { value } = await mammoth.convertToHtml(
    { buffer: textParts(zip) },
    { styleMap: styles, convertImage: noImages, externalFileAccess: false, includeEmbeddedStyleMap: false },
  );
  writeHtml(value, writer);
  return coreTitle(zip);
}

/** The parts that hold text, packed again without compression: pictures and other embedded files stay outside. */
function textParts(zip: Zip): Buffer {
  const wanted = zip.names.filter((name) => /\.(?:xml|rels)$/u.test(name) && !name.startsWith('customXml/'));
  const parts = wanted.map((name) => [name, refuseDoctype(zip.read(name) ?? Buffer.alloc(0))] as const);
  if (parts.length === 0) throw new Invalid('There is no text in this Word document. Save it again from Word.');
  return Buffer.from(zipSync(Object.fromEntries(parts), { level: 0 }));
}
