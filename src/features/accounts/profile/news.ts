import { shared } from '../../../database/shared.js';
import { wordsFor } from './event-words.js';
import { listNewsOf, markSeen } from './queries.js';

/**
 * What happened to an account and its owner has not said to have seen: what opens it was changed, it was opened from a
 * new browser, or many tries failed. It belongs to the account and to no workspace, so it lies in no workspace's tables;
 * pages of any workspace may show it to its owner.
 */
export async function newsOf(accountId: string): Promise<{ words: string; at: Date; count: number }[]> {
  const found = await listNewsOf(shared(), accountId, telling);
  return found.map(({ event, at, count }) => ({ words: wordsFor(event), at, count }));
}

const telling = [
  'account.recovered',
  'account.password-changed',
  'account.password-set',
  'account.address-changed',
  'account.authenticator-added',
  'account.authenticator-removed',
  'account.recovery-codes-made',
  'account.recovery-code-used',
  'account.passkey-added',
  'account.passkey-removed',
  'account.login-linked',
  'account.login-removed',
  'account.data-exported',
];

export async function seeNews(accountId: string): Promise<void> {
  await markSeen(shared(), accountId);
}
