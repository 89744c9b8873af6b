import { accountOf, isForAll, may, type TenantContext } from '../../tenancy/context.js';

/** Who looks into spaces. An agent sees what the person sees on whose behalf it acts, and nothing of its own. */
export interface Viewer {
  /** Null for the installation's own jobs, and for work on a task, which see no private space. */
  readonly accountId: string | null;
  readonly mayReadTeam: boolean;
  /** Set where somebody looks into one private space under a grant (break-glass): its id. It lets read, never change. */
  readonly grant?: string;
}

export function viewerOf(context: TenantContext): Viewer {
  const { actor } = context;
  const accountId = isForAll(context) ? null : (accountOf(actor) ?? null);
  return { accountId, mayReadTeam: may(actor, 'spaces.read') };
}
