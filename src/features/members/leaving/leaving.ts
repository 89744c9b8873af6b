import { z } from 'zod';

/** For so many days what is somebody's alone waits for them to come back. Then it is deleted. */
export const daysKept = 30;

/** What a person who had their account deleted is called where their name stood. */
export const formerName = 'A former member';

const Heir = z.uuid('Choose a member.');

/** What becomes of private spaces that nobody else is in. */
export const LeavingDraft = z
  .object({
    spaces: z.enum(['delete', 'hand-over']).catch('delete'),
    heir: z.string().catch(''),
  })
  .transform(({ spaces, heir }, { addIssue }): { heir: string | undefined } => {
    if (spaces === 'delete') return { heir: undefined };
    const chosen = Heir.safeParse(heir);
    if (!chosen.success) addIssue({ code: 'custom', message: 'Choose a member.', path: ['heir'] });
    return { heir: chosen.data };
  });

export interface Leaving {
  /** Who goes on with the private spaces in which nobody else is. */
  readonly heir?: string | undefined;
  /** When the account itself is deleted: nothing waits for anybody. */
  readonly forGood?: boolean;
}

/** What somebody leaves, by what becomes of it. */
export interface Left {
  readonly documents: number;
  readonly agents: number;
  readonly pages: number;
  readonly tasks: number;
  readonly assigned: number;
  readonly comments: number;
  readonly events: number;
  readonly sharedConversations: number;
  readonly conversations: number;
  readonly privateEvents: number;
  readonly drafts: number;
}

export interface SpacesLeft {
  /** Ids of private spaces in which no other member is. */
  readonly alone: readonly string[];
  /** Those of others, too: they go on with them. */
  readonly together: readonly string[];
}
