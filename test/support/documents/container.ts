import { strToU8, type Zippable, zipSync } from 'fflate';

export type Parts = Readonly<Record<string, string | Uint8Array>>;

/** A ZIP container of these parts, in this order. */
export function makeZip(parts: Parts, level: 0 | 6 = 6): Buffer {
  const files: Zippable = {};
  for (const [name, content] of Object.entries(parts))
    files[name] = [
      typeof content === 'string' ? strToU8(content) : content,
      { level: name === 'mimetype' ? 0 : level },
    ];
  return Buffer.from(zipSync(files));
}

export const xmlHead = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

export function xmlText(text: string): string {
  return text.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;').replace(/"/gu, '&quot;');
}

/** [Content_Types].xml with one main part, and the relationship that leads to it. */
export function packageParts(main: string, contentType: string): Parts {
  const types = 'http://schemas.openxmlformats.org/package/2006/content-types';
  return {
    '[Content_Types].xml': `${xmlHead}<Types xmlns="${types}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/${main}" ContentType="${contentType}"/></Types>`,
    '_rels/.rels': relationshipsPart([{ type: 'officeDocument', target: main }]),
  };
}

export function relationshipsPart(links: readonly { readonly type: string; readonly target: string }[]): string {
  const base = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const rows = links.map(
    ({ type, target }, index) => `<Relationship Id="rId${index + 1}" Type="${base}/${type}" Target="${target}"/>`,
  );
  return `${xmlHead}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${rows.join('')}</Relationships>`;
}

export function corePart(title: string): string {
  return `${xmlHead}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${xmlText(title)}</dc:title></cp:coreProperties>`;
}
