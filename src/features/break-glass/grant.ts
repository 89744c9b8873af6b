import { z } from 'zod';
import type { Role } from '../../tenancy/permissions.js';

/** No longer, and the table refuses a longer one. */
export const minutes = 60;

export const kinds = ['conversation', 'space'] as const;
export type GrantKind = (typeof kinds)[number];

/** A look into one private thing of a member: who, whose, why, until when. */
export interface Grant {
  readonly id: string;
  readonly kind: GrantKind;
  readonly subjectId: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly reason: string;
  readonly createdAt: Date;
  readonly until: Date;
  readonly endedAt: Date | null;
}

export const isLive = ({ endedAt, until }: Pick<Grant, 'endedAt' | 'until'>): boolean =>
  endedAt === null && until.getTime() > Date.now();

export const GrantDraft = z.object({
  /** `conversation:<id>` or `space:<id>`, as the form lists them. */
  what: z
    .string('Choose what to open.')
    .regex(/^(conversation|space):/, 'Choose what to open.')
    .transform((text) => text.split(':'))
    .pipe(z.tuple([z.enum(kinds), z.uuid('Choose what to open.')], 'Choose what to open.')),
  reason: z
    .string('Say why.')
    .trim()
    .min(10, 'Say why, in at least 10 characters: they will read it.')
    .max(300, 'Use at most 300 characters.')
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'Leave out control characters.'),
});
export type GrantDraft = z.infer<typeof GrantDraft>;

export const allowances = ['nobody', 'owners', 'admins'] as const;
export type Allowed = (typeof allowances)[number];

export const usuallyAllowed: Allowed = 'owners';

export const allowedWords: Readonly<Record<Allowed, string>> = {
  nobody: 'Nobody, not even owners',
  owners: 'Owners',
  admins: 'Owners and admins',
};

export const AllowedDraft = z.object({ allowed: z.enum(allowances, 'Choose who may.') });

/** Judged by the role alone: no role that a workspace makes for itself reaches into what is private. */
export function mayOpen(allowed: Allowed, role: Role): boolean {
  if (allowed === 'nobody') return false;
  return role === 'owner' || (allowed === 'admins' && role === 'admin');
}
