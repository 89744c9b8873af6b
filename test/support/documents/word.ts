import { corePart, makeZip, type Parts, packageParts, xmlHead, xmlText } from './container.js';

export type WordBlock =
  | { readonly heading: string; readonly level: number }
  | { readonly paragraph: string }
  | { readonly table: readonly (readonly string[])[] };

const namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';

export function makeDocx(blocks: readonly WordBlock[], extra: Parts = {}, title = ''): Buffer {
  const mainType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
  return makeZip({
    ...packageParts('word/document.xml', mainType),
    'word/document.xml': `${xmlHead}<w:document ${namespace}><w:body>${blocks.map(blockXml).join('')}</w:body></w:document>`,
    'word/styles.xml': `${xmlHead}<w:styles ${namespace}>${[1, 2, 3].map(styleXml).join('')}</w:styles>`,
    'word/_rels/document.xml.rels': `${xmlHead}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`,
    'docProps/core.xml': corePart(title),
    ...extra,
  });
}

function blockXml(block: WordBlock): string {
  if ('heading' in block)
    return paragraphXml(block.heading, `<w:pPr><w:pStyle w:val="Heading${block.level}"/></w:pPr>`);
  if ('paragraph' in block) return paragraphXml(block.paragraph);
  const rows = block.table.map(
    (row) => `<w:tr>${row.map((cell) => `<w:tc>${paragraphXml(cell)}</w:tc>`).join('')}</w:tr>`,
  );
  return `<w:tbl>${rows.join('')}</w:tbl>`;
}

function paragraphXml(text: string, properties = ''): string {
  return `<w:p>${properties}<w:r><w:t xml:space="preserve">${xmlText(text)}</w:t></w:r></w:p>`;
}

function styleXml(level: number): string {
  return `<w:style w:type="paragraph" w:styleId="Heading${level}"><w:name w:val="heading ${level}"/></w:style>`;
}
