import { z } from 'zod';
import { roles } from '../../tenancy/permissions.js';
import { extensionOf } from './extraction/media-types.js';
import { oneLine, tidyLines } from './extraction/tidy.js';

export const stages = ['reading', 'chunking', 'indexing', 'done', 'failed'] as const;
export type Stage = (typeof stages)[number];

export const sources = ['upload', 'paste', 'address', 'sample'] as const;

export const Document = z.object({
  id: z.uuid(),
  title: z.string(),
  source: z.enum(sources),
  mediaType: z.string(),
  byteSize: z.number(),
  stage: z.enum(stages),
  /** Of the stage it is in, 0 to 100. */
  progress: z.number(),
  failure: z.string().nullable(),
  pageCount: z.number().nullable(),
  chunkCount: z.number(),
  version: z.number(),
  /** Built-in ones by name, the workspace's own by id. Null: everybody in the workspace. */
  roles: z.array(z.string()).nullable(),
  /** Ids of the agents that may find it. Null: every agent. */
  agents: z.array(z.uuid()).nullable(),
  accessVersion: z.number(),
  createdBy: z.uuid().nullable(),
  createdAt: z.date(),
  uploadDeletedAt: z.date().nullable(),
  indexedAt: z.date().nullable(),
});
export type Document = z.infer<typeof Document>;

const Section = z.object({
  headings: z.array(z.string()),
  page: z.number().int().positive().optional(),
  text: z.string(),
});

/** What is kept of an upload: its text, by section. */
export const DocumentText = z.object({ sections: z.array(Section) });
export type DocumentText = z.infer<typeof DocumentText>;

/** A chunk as it lies sealed in its row. */
export const ChunkBody = z.object({
  headings: z.array(z.string()),
  page: z.number().optional(),
  text: z.string(),
  /** Offsets into the document's text. */
  start: z.number(),
  end: z.number(),
});
export type ChunkBody = z.infer<typeof ChunkBody>;

/** A passage that a search found, and where to open it. */
export interface Passage extends ChunkBody {
  readonly chunkId: string;
  readonly documentId: string;
  readonly title: string;
  readonly score: number;
}

/** What fits into a form of 1 MB in any script. */
export const mostPasted = 250_000;

export const PasteDraft = z.object({
  title: z
    .string()
    .transform((title) => oneLine(title, 1000))
    .pipe(z.string().min(1, 'Give it a title.').max(200, 'Use at most 200 characters.')),
  text: z
    .string()
    .transform((text) => tidyLines(text).trim())
    .pipe(
      z.string().min(1, 'Paste some text.').max(mostPasted, 'Use at most 250,000 characters, or upload it as a file.'),
    ),
});
export type PasteDraft = z.infer<typeof PasteDraft>;

export const AddressDraft = z.object({
  address: z.url({ protocol: /^https?$/, error: 'Enter an address that starts with https:// or http://.' }),
});

const several = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (value === undefined ? [] : [value].flat()), z.array(item).max(200));

export const AccessDraft = z.object({
  access: z.enum(['everyone', 'roles']),
  roles: several(z.union([z.enum(roles), z.uuid()])),
  agentAccess: z.enum(['every', 'chosen']).default('every'),
  agents: several(z.uuid()),
  /** Which state of it the form showed. */
  seen: z.coerce.number().int().positive().optional(),
});
export type AccessDraft = z.infer<typeof AccessDraft>;

/**
 * What a read upload is called: the title that its text has, and the name that its owner knows it by. Titles such as
 * "Document1" say nothing, and a title that repeats the name says it once.
 */
export function titleOfUpload(title: string | undefined, fileName: string): string {
  const found = oneLine(title ?? '', 200);
  const extension = extensionOf(fileName);
  const stem = extension ? fileName.slice(0, -extension.length - 1) : fileName;
  const nameless = /^(untitled|document|presentation|book|workbook|microsoft word\b.*|powerpoint presentation)?\d*$/i;
  if (nameless.test(found) || wordsIn(found) === wordsIn(stem) || wordsIn(found) === wordsIn(fileName)) return fileName;
  return `${found} (${fileName})`;
}

const wordsIn = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
