import type { Response } from 'express';
import type { TenantContext } from '../tenancy/context.js';
import type { Role } from '../tenancy/permissions.js';

export interface SignedInAccount {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly email: string;
}

export interface WorkspaceOfAccount {
  readonly slug: string;
  readonly name: string;
  readonly role: Role;
}

export type Notice = string | { kind: 'ok' | 'attention' | 'danger' | 'information'; text: string };

declare global {
  namespace Express {
    interface Locals {
      requestId: string;
      nonce: string;
      account?: SignedInAccount;
      /** Asked for only when a page is drawn. */
      workspacesOf?: (accountId: string) => Promise<WorkspaceOfAccount[]>;
      tenantContext?: TenantContext;
    }
  }
}

declare module 'express-session' {
  interface SessionData {
    accountId?: string;
    /** Milliseconds since 1970: the absolute limit counts from here. */
    signedInAt?: number;
    device?: string;
    address?: string;
    /** How the person proved who they are at this sign-in, in order: `password`, `authenticator`. */
    methods?: string[];
    /** Milliseconds since 1970 of the latest proof: step-up asks for one of the last ten minutes (AC-11). */
    provenAt?: number;
    notice?: Notice;
    csrfSecret?: string;
  }
}

/** Express types `locals` as anything; here it is what this layer puts there. */
export function localsOf(response: Response): Express.Locals {
  return response.locals;
}
