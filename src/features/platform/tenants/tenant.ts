import { z } from 'zod';

export const states = ['active', 'suspended', 'trial', 'trial-ended', 'ownerless', 'deleting'] as const;
export type State = (typeof states)[number];

export const stateNames: Readonly<Record<State, string>> = {
  active: 'Active',
  suspended: 'Suspended',
  trial: 'On trial',
  'trial-ended': 'Trial ended',
  ownerless: 'No owner yet',
  deleting: 'Being deleted',
};

const Most = z.number().int().min(0).optional().catch(undefined);
/** As tenancy/context.ts has them: the most that a workspace may hold or use. */
const Quotas = z
  .object({ members: Most, documents: Most, messagesPerMonth: Most, tokensPerMonth: Most, costPerMonth: Most })
  .catch({});

/** What the installation knows of a workspace without looking into it: the directory, sizes and counts (MB-3). */
export const PlatformTenant = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.enum(['active', 'deleting']),
  region: z.string(),
  loginShard: z.number(),
  createdAt: z.date(),
  suspendedAt: z.date().nullable(),
  trialEndsAt: z.date().nullable(),
  quotas: Quotas,
  members: z.number(),
  owners: z.number(),
  /** Of its tables, with indexes; null when the schema is gone. */
  bytes: z.number().nullable(),
  /** As Postgres' statistics estimate it. */
  documents: z.number().nullable(),
  /** When one of its tables was last read. */
  usedAt: z.date().nullable(),
});
export type PlatformTenant = z.infer<typeof PlatformTenant>;

/** The one thing to say about it, the gravest first. */
export function stateOf(
  tenant: Pick<PlatformTenant, 'status' | 'suspendedAt' | 'trialEndsAt' | 'owners'>,
  now = new Date(),
): State {
  if (tenant.status === 'deleting') return 'deleting';
  if (tenant.suspendedAt) return 'suspended';
  if (tenant.owners === 0) return 'ownerless';
  if (!tenant.trialEndsAt) return 'active';
  return tenant.trialEndsAt > now ? 'trial' : 'trial-ended';
}

export const sorts = ['created', 'name', 'members', 'size', 'used'] as const;
export type Sort = (typeof sorts)[number];

export const perPage = 50;

/** The list's address: what does not fit is as if it were not there. */
export const TenantQuery = z.object({
  q: z.string().trim().max(100).catch(''),
  state: z.enum(states).optional().catch(undefined),
  sort: z.enum(sorts).catch('created'),
  order: z.enum(['asc', 'desc']).optional().catch(undefined),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
});
export type TenantQuery = z.infer<typeof TenantQuery>;

/** Names from the start of the alphabet, everything else from the largest or newest. */
export function orderOf({ sort, order }: TenantQuery): 'asc' | 'desc' {
  return order ?? (sort === 'name' ? 'asc' : 'desc');
}

/** Its people read it: in their audit and in the mail to their owners. */
export const Reason = z.object({
  reason: z
    .string('Say why.')
    .trim()
    .normalize('NFC')
    .min(3, 'Say why, in a few words.')
    .max(200, 'Use at most 200 characters.')
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'Leave out line ends and control characters.'),
});

export const TenantId = z.string().regex(/^tenant_[a-z0-9]{16}$/);
