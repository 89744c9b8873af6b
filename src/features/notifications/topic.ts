/** Told when somebody's notifications changed: the workspace and the account, never content (`jobs.tell_accounts`). */
export const notificationTopic = 'notifications';

export function noticeFor(tenantId: string, accountId: string): string {
  return `${tenantId} ${accountId}`;
}
