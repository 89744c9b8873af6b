import { Forbidden } from '../errors.js';
import type { Tenant } from './context.js';

/** Those of which there are so many; what models use up is counted by features/usage. */
type Countable = 'members' | 'documents' | 'messagesPerMonth';

const words: Readonly<Record<Countable, (most: number) => string>> = {
  members: (most) => `This workspace takes no more members: its quota is ${most}.`,
  documents: (most) => `This workspace takes no more documents: its quota is ${most}. Delete some first.`,
  messagesPerMonth: (most) =>
    `This workspace has asked as many questions this month as it may: ${most}. It goes on next month.`,
};

/**
 * MB-8: throws Forbidden when one more would be above what the operator lets this workspace have. `count` is asked only
 * where there is a quota. Two at the same moment may both be let in, unless the caller holds a lock.
 */
export async function demandRoom({ quotas }: Tenant, what: Countable, count: () => Promise<number>): Promise<void> {
  const most = quotas?.[what];
  if (most === undefined || (await count()) < most) return;
  throw new Forbidden(`${words[what](most)} For more, ask whoever runs this installation.`);
}
