import { z } from 'zod';
import type { Limits } from './limits.js';
import { allMediaTypes } from './media-types.js';

/** What the parent writes: one line of JSON, then `size` bytes of the file. */
export interface Job {
  readonly fileName: string;
  readonly size: number;
  readonly limits: Limits;
}

const Heading = z.string().max(400);
const SectionLine = z.strictObject({
  headings: z.array(Heading).max(12),
  page: z.int().min(1).max(1_000_000).optional(),
  text: z.string().min(1),
});

/** What the child answers, one line of JSON each. The child has read a hostile file: nothing of it is taken on trust. */
export const Answer = z.discriminatedUnion('kind', [
  /** Its code is loaded. */
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('progress'), done: z.int().min(0), total: z.int().min(0) }),
  z.strictObject({ kind: z.literal('sections'), sections: z.array(SectionLine) }),
  z.strictObject({
    kind: z.literal('done'),
    mediaType: z.enum(allMediaTypes),
    title: Heading.optional(),
    pages: z.int().min(0).max(1_000_000).optional(),
  }),
  z.strictObject({ kind: z.literal('refused'), message: z.string().min(1).max(600) }),
  z.strictObject({ kind: z.literal('failed') }),
]);
export type Answer = z.infer<typeof Answer>;
