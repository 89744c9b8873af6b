import { z } from 'zod';
import type { SignInPolicy } from '../../../tenancy/sign-in-policy.js';
import type { Policy } from '../../decisions/policy/policy.js';
import type { SelfTest } from '../self-test/self-test.js';

export const Unprotected = z.object({ accountId: z.uuid(), name: z.string(), role: z.string() });
export type Unprotected = z.infer<typeof Unprotected>;

export const Key = z.object({ purpose: z.enum(['content', 'index']), generation: z.number(), createdAt: z.date() });
export type Key = z.infer<typeof Key>;

export const Counts = z.object({
  members: z.number(),
  owners: z.number(),
  invitations: z.number(),
  expiredInvitations: z.number(),
});
export type Counts = z.infer<typeof Counts>;

export const Inside = z.object({
  sharedConversations: z.number(),
  privateSpaces: z.number(),
  waiting: z.number(),
  overdue: z.number(),
});
export type Inside = z.infer<typeof Inside>;

/** Somebody outside whom this workspace's data or people may reach. */
export interface Party {
  readonly kind: 'model' | 'embedding' | 'search' | 'mail' | 'login';
  readonly name: string;
  /** What goes there. */
  readonly gets: string;
}

/** All that the page tells and the risks are judged by, at one moment. */
export interface Facts {
  readonly at: Date;
  readonly selfTests: readonly SelfTest[];
  /** Members with neither a passkey nor an authenticator. */
  readonly unprotected: readonly Unprotected[];
  readonly counts: Counts;
  readonly inside: Inside;
  readonly signIn: SignInPolicy;
  readonly approvals: Policy;
  readonly keys: readonly Key[];
  readonly parties: readonly Party[];
  /** Titles of claims of the installation that are not kept now. */
  readonly brokenClaims: readonly string[];
}
