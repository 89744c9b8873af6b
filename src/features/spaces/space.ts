import { z } from 'zod';

export const kinds = ['team', 'private'] as const;
export type SpaceKind = (typeof kinds)[number];

export interface Space {
  readonly id: string;
  readonly kind: SpaceKind;
  readonly name: string;
  readonly description: string;
  readonly version: number;
  /** Its maker: of a private space the one who lets people in. */
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** As lists show it; null when nobody has written a page in it. */
export interface SpaceSummary extends Space {
  readonly changedAt: Date | null;
}

export interface SpacePerson {
  readonly accountId: string;
  readonly addedAt: Date;
}

export const printable = /^[^\p{Cc}\p{Cf}]*$/u;

const name = z
  .string('Give it a name.')
  .trim()
  .min(1, 'Give it a name.')
  .max(80, 'Use at most 80 characters.')
  .regex(printable, 'Leave out control characters.');
const description = z
  .string()
  .trim()
  .max(300, 'Use at most 300 characters.')
  .regex(printable, 'Leave out control characters.')
  .default('');

export const SpaceDraft = z.object({ name, description, kind: z.enum(kinds, 'Choose who may see it.') });
export type SpaceDraft = z.infer<typeof SpaceDraft>;

/** Who sees a space stays as it was made: what is inside was written for them. */
export const SpaceChange = z.object({ name, description, version: z.coerce.number().int().min(0).catch(0) });
export type SpaceChange = z.infer<typeof SpaceChange>;
