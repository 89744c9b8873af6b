import { defaultLimits, type Limits } from '../../../src/features/knowledge/extraction/limits.js';
import { type Read, readDocument } from '../../../src/features/knowledge/extraction/read-document.js';
import type { Section } from '../../../src/features/knowledge/extraction/section.js';

/** Reads a file in this process: for what a parser makes of it. Hostile files go through the child instead. */
export async function readHere(
  content: Buffer | string,
  fileName: string,
  limits: Partial<Limits> = {},
): Promise<Read & { readonly sections: readonly Section[] }> {
  const sections: Section[] = [];
  const read = await readDocument({
    bytes: Buffer.from(content),
    fileName,
    limits: { ...defaultLimits(), ...limits },
    onSection: (section) => sections.push(section),
    onProgress: () => {},
  });
  return { ...read, sections };
}

/** Sections in short: `heading > heading | p3 | text`. */
export function inShort(sections: readonly Section[]): string[] {
  return sections.map(({ headings, page, text }) =>
    [headings.join(' > '), page ? `p${page}` : '', text].filter(Boolean).join(' | '),
  );
}
