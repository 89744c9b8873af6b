import { DocumentText } from '../document.js';

/** A document's text as it lies sealed in its row. */
export function keptSections(kept: Uint8Array): DocumentText['sections'] {
  return DocumentText.parse(JSON.parse(Buffer.from(kept).toString('utf8'))).sections;
}
