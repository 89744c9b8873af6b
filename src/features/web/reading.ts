import { writeFile } from 'node:fs/promises';
import { Invalid } from '../../errors.js';
import { guardedFetch } from '../../http/outgoing.js';
import { extractDocument } from '../knowledge/extraction/extract.js';
import { fileNameOfAddress } from '../knowledge/extraction/file-name.js';
import type { ExtractedDocument, Section } from '../knowledge/extraction/section.js';
import { discardUpload, placeForUpload } from '../knowledge/uploads.js';

const maxBytes = 5 * 1024 * 1024;
const seconds = 15;
const limits = { bytes: maxBytes, pages: 300, seconds: 15, mostSeconds: 20, silentSeconds: 5 };
const partLength = 12_000;

export interface PagePart {
  /** Where it ended up, after redirects. */
  readonly address: string;
  readonly title: string;
  readonly part: number;
  readonly parts: number;
  readonly text: string;
}

interface Asked {
  readonly address: string;
  /** From 1. */
  readonly part: number;
  /** A child that has read a page reads nothing of another scope. */
  readonly scope: string;
  readonly signal: AbortSignal;
}

/**
 * What is to be read at a public address, guarded on the way there (IN-6) and read by the same confined child as uploads are
 * (KB-5), so a PDF or a table will do as well. Throws Invalid with what to do.
 */
export async function readPage({ address, part, scope, signal }: Asked): Promise<PagePart> {
  const { finalUrl, contentType, body } = await guardedFetch(address, { maxBytes, seconds, signal });
  const document = await extracted(body, { fileName: nameFor(finalUrl, contentType), scope, signal });
  const text = document.sections.map(asText).join('\n\n');
  const parts = Math.max(1, Math.ceil(text.length / partLength));
  if (part > parts) throw new Invalid(`This page has ${parts} ${parts === 1 ? 'part' : 'parts'}.`);
  return {
    address: finalUrl,
    title: (document.title ?? '').slice(0, 200),
    ...{ part, parts },
    text: text.slice((part - 1) * partLength, part * partLength),
  };
}

/** Web pages often end in something else, such as .php, and say what they are in their header only. */
function nameFor(address: string, contentType: string): string {
  const named = fileNameOfAddress(address, contentType);
  const isPage = /^\s*(?:text\/html|application\/xhtml\+xml)\b/iu.test(contentType);
  return isPage && !/\.html?$/iu.test(named) ? `${named}.html` : named;
}

async function extracted(
  body: Buffer,
  { fileName, scope, signal }: { fileName: string; scope: string; signal: AbortSignal },
): Promise<ExtractedDocument> {
  const path = placeForUpload();
  try {
    await writeFile(path, body, { mode: 0o600 });
    return await extractDocument({ path, fileName, scope }, { limits, signal });
  } finally {
    await discardUpload(path);
  }
}

function asText({ headings, page, text }: Section): string {
  const place = [...headings, ...(page === undefined ? [] : [`page ${page}`])].join(' > ');
  return place ? `## ${place}\n\n${text}` : text;
}
