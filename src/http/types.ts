import type { Response } from 'express';
import type { TenantContext } from '../tenancy/context.js';
import type { Permission, Role } from '../tenancy/permissions.js';

export interface SignedInAccount {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly email: string;
  readonly sessionEpoch?: number | undefined;
}

export interface WorkspaceOfAccount {
  readonly slug: string;
  readonly name: string;
  readonly role: Role;
}

export type Notice = string | { kind: 'ok' | 'attention' | 'danger' | 'information'; text: string };

export interface Banner {
  readonly kind: 'attention' | 'information';
  readonly text: string;
  readonly link?: { readonly href: string; readonly label: string };
}

declare global {
  namespace Express {
    interface Locals {
      requestId: string;
      nonce: string;
      account?: SignedInAccount;
      /** Asked for only when a page is drawn. */
      workspacesOf?: (accountId: string) => Promise<WorkspaceOfAccount[]>;
      tenantContext?: TenantContext;
      /** The permission that opened this route, if it takes one. */
      openedBy?: Permission;
      /** What everybody in this workspace should know, above every page of it. */
      banners?: readonly Banner[];
    }
  }
}

declare module 'express-session' {
  interface SessionData {
    accountId?: string;
    /** Milliseconds since 1970: the absolute limit counts from here. */
    signedInAt?: number;
    /** The account's when this sign-in began. Whatever ends all sessions raises it, so that no late one slips through. */
    epoch?: number;
    device?: string;
    address?: string;
    /** How the person proved who they are at this sign-in, in order: `password`, `authenticator`. */
    methods?: string[];
    /** Milliseconds since 1970 of the latest proof: step-up asks for one of the last ten minutes (AC-11). */
    provenAt?: number;
    /** Milliseconds since 1970: when the platform console was opened in this session, and when it was last used. */
    platform?: { readonly since: number; readonly usedAt: number };
    notice?: Notice;
    csrfSecret?: string;
  }
}

/** Express types `locals` as anything; here it is what this layer puts there. */
export function localsOf(response: Response): Express.Locals {
  return response.locals;
}
