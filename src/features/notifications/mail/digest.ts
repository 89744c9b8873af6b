import { config } from '../../../config.js';
import { Conflict } from '../../../errors.js';
import { sendMail } from '../../../mail/outbox.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant, inTenantWithShared, readTenant } from '../../../tenancy/in-tenant.js';
import { deleteNotificationsOf } from '../list/queries.js';
import type { MailTime, NotificationKind } from '../notification.js';
import { enqueueMail } from '../notify.js';
import { unsubscribeLink } from '../unsubscribing/link.js';
import { kindWords } from '../wording.js';
import { findLastMailed, findRecipient, listUnmailed, markMailed, titlesMayLeave, type Unmailed } from './queries.js';

const mostInMail = 30;
/** Somebody whom hundreds of things are told at once gets them in few mails. */
const pauseMs = 5 * 60_000;

/**
 * What an agent wants to do, in its own words, may hold what a stranger wrote: it is read where it is shown as such. The
 * rest is what a member called their task or page.
 */
const untitled: ReadonlySet<NotificationKind> = new Set(['decision', 'security']);

export interface Order {
  readonly accountId: string;
  readonly mail: MailTime;
}

/** One mail of all that somebody has not read and was not mailed. Any number of workers may run it at once: one mails. */
export async function mailNotifications(system: TenantContext, order: Order): Promise<void> {
  const found = await readTenant(system, 'workspace.read', async (db) => ({
    ...(await listUnmailed(db, { ...order, limit: mostInMail })),
    last: order.mail === 'now' ? await findLastMailed(db, order.accountId, 'now') : undefined,
    titles: await titlesMayLeave(db),
  }));
  const [newest] = found.items;
  if (!newest) return;
  const later = found.last && new Date(found.last.getTime() + pauseMs);
  if (later && later.getTime() > Date.now()) {
    return inTenant(system, 'workspace.read', (db) => enqueueMail(db, order.accountId, order.mail, later));
  }
  await inTenantWithShared(
    system,
    'workspace.read',
    async (shared) => {
      const recipient = await findRecipient(shared, system.tenant.id, order.accountId);
      if (recipient)
        await sendMail(shared, { to: recipient.email, ...letter(system, order, { ...found, ...recipient }) });
      return recipient !== undefined;
    },
    async (db, isMember) => {
      if (!isMember) return deleteNotificationsOf(db, order.accountId);
      const marked = await markMailed(db, { ...order, upTo: newest.id });
      // The mail goes back with this transaction, and the job comes again to what is left.
      if (marked !== found.total) throw new Conflict('Some of it was mailed or read meanwhile.');
      await recordEvent(db, system, {
        category: 'member',
        event: 'notifications.mailed',
        subject: { kind: 'account', id: order.accountId },
        details: { count: found.total, mail: order.mail },
      });
    },
  );
}

interface Found {
  readonly name: string;
  readonly items: readonly Unmailed[];
  readonly total: number;
  readonly titles: boolean;
}

function letter({ tenant }: TenantContext, { accountId, mail }: Order, { name, items, total, titles }: Found) {
  const home = `${config().origin}/w/${tenant.slug}`;
  const preferences = `${home}/notifications/preferences`;
  const unsubscribe = unsubscribeLink({ tenantId: tenant.id, accountId, kinds: items.map(({ kind }) => kind) });
  return {
    template: 'digest',
    unsubscribe,
    locals: {
      ...{ name, total, preferences, unsubscribe, workspaceName: tenant.name, link: `${home}/notifications` },
      often: mail === 'now' ? 'as it happens' : mail,
      headline: total === 1 && items[0] ? kindWords[items[0].kind] : '',
      items: items.map(({ kind, title, actorName, path, createdAt }) => ({
        ...{ what: kindWords[kind], by: actorName ?? '', when: createdAt, link: `${home}${path}` },
        title: titles && !untitled.has(kind) ? title : '',
      })),
    },
  } as const;
}
