import { z } from 'zod';
import { config } from '../../../config.js';
import { openForDeployment, sealForDeployment } from '../../../vault/deployment.js';
import { kinds, type NotificationKind } from '../notification.js';

const Meant = z.object({ tenantId: z.string(), accountId: z.uuid(), kinds: z.array(z.enum(kinds)).min(1) });

/** Whose mails of which kinds a link stops. */
export type Meant = z.infer<typeof Meant>;

const purpose = 'unsubscribe';

/**
 * The address in a mail that stops mails of its kinds, without a sign-in (RFC 8058). What it means is sealed into it with
 * the deployment's key: nothing is kept, nobody can make one, and it works as long as the mail lies somewhere.
 */
export function unsubscribeLink(meant: { tenantId: string; accountId: string; kinds: readonly NotificationKind[] }) {
  const sealed = sealForDeployment(purpose, 'link', JSON.stringify({ ...meant, kinds: [...new Set(meant.kinds)] }));
  return `${config().origin}/unsubscribe/${sealed.toString('base64url')}`;
}

/** Undefined for what is no link of ours. */
export function openLink(token: string): Meant | undefined {
  if (!/^[\w-]{40,1000}$/.test(token)) return undefined;
  try {
    return Meant.parse(JSON.parse(openForDeployment(purpose, 'link', Buffer.from(token, 'base64url'))));
  } catch {
    return undefined;
  }
}
