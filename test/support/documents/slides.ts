import { corePart, makeZip, type Parts, packageParts, relationshipsPart, xmlHead, xmlText } from './container.js';

export interface SlideSpec {
  readonly title: string;
  readonly lines: readonly string[];
  readonly notes?: string;
}

const namespaces =
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';

export function makePptx(slides: readonly SlideSpec[], title = ''): Buffer {
  const parts: Record<string, string> = {};
  for (const [index, { title: heading, lines, notes }] of slides.entries()) {
    const number = index + 1;
    parts[`ppt/slides/slide${number}.xml`] = slideXml('sld', [
      shapeXml('sldNum', [String(number)]),
      shapeXml('', lines),
      shapeXml('title', [heading]),
    ]);
    if (notes === undefined) continue;
    parts[`ppt/slides/_rels/slide${number}.xml.rels`] = relationshipsPart([
      { type: 'notesSlide', target: `../notesSlides/notesSlide${number}.xml` },
    ]);
    parts[`ppt/notesSlides/notesSlide${number}.xml`] = slideXml('notes', [
      shapeXml('sldNum', [String(number)]),
      shapeXml('body', [notes]),
    ]);
  }
  const ids = slides.map((_, index) => `<p:sldId id="${256 + index}" r:id="rId${index + 1}"/>`).join('');
  return makeZip({
    ...packageParts(
      'ppt/presentation.xml',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml',
    ),
    'ppt/presentation.xml': `${xmlHead}<p:presentation ${namespaces}><p:sldIdLst>${ids}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relationshipsPart(
      slides.map((_, index) => ({ type: 'slide', target: `slides/slide${index + 1}.xml` })),
    ),
    'docProps/core.xml': corePart(title),
    ...parts,
  } satisfies Parts);
}

function slideXml(element: 'sld' | 'notes', shapes: readonly string[]): string {
  return `${xmlHead}<p:${element} ${namespaces}><p:cSld><p:spTree>${shapes.join('')}</p:spTree></p:cSld></p:${element}>`;
}

function shapeXml(placeholder: string, lines: readonly string[]): string {
  const mark = placeholder === '' ? '<p:ph idx="1"/>' : `<p:ph type="${placeholder}"/>`;
  const paragraphs = lines.map((line) => `<a:p><a:r><a:t>${xmlText(line)}</a:t></a:r></a:p>`);
  return `<p:sp><p:nvSpPr><p:nvPr>${mark}</p:nvPr></p:nvSpPr><p:txBody>${paragraphs.join('')}</p:txBody></p:sp>`;
}
