import { accountOf, may, type TenantContext } from '../../tenancy/context.js';

/** Who looks into spaces. An agent sees what the person sees on whose behalf it acts, and nothing of its own. */
export interface Viewer {
  /** Null for the installation's own jobs, which see no private space. */
  readonly accountId: string | null;
  readonly mayReadTeam: boolean;
}

export function viewerOf({ actor }: TenantContext): Viewer {
  return { accountId: accountOf(actor) ?? null, mayReadTeam: may(actor, 'spaces.read') };
}
