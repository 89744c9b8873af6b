import { after, before } from 'node:test';
import { z } from 'zod';
import { newId } from '../../../src/database/id.js';
import type { Notice } from '../../../src/features/notifications/notify.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { type Cast, type Member, startCast } from '../conversations/cast.js';

export let cast: Cast;
export const home = '/w/acme/notifications';
export const admin = (text: string, values: unknown[] = []) => cast.server.database.admin.query(text, values);

before(async () => {
  cast = await startCast({ model: false });
});
after(() => cast?.close());

export async function tell(context: TenantContext, to: readonly string[], more: Partial<Notice> = {}): Promise<void> {
  const { notify } = await import('../../../src/features/notifications/notify.js');
  const subject = { kind: 'task', id: newId() };
  const notice = { kind: 'mention', subject, title: 'Buy milk', path: `/tasks/${subject.id}`, to, ...more } as const;
  await inTenant(context, 'workspace.read', (db) => notify(db, context, notice));
}

export const tellBob = (more: Partial<Notice> = {}) => tell(cast.alice.context, [cast.bob.id], more);

const Row = z.looseObject({ id: z.string(), kind: z.string(), in_page: z.boolean(), mail: z.string().nullable() });

export async function rowsOf(id: string, tenant = cast.acme.id) {
  const { rows } = await admin(`select * from ${tenant}.notifications where account_id = $1 order by id`, [id]);
  return rows.map((row) => Row.parse(row));
}

export const forget = () => admin(`delete from ${cast.acme.id}.notifications; `);

export const systemIn = (tenant = cast.acme): TenantContext => ({
  ...{ tenant, trigger: 'job', requestId: 'test-job' },
  actor: { kind: 'system', name: 'notifications.mail', may: ['workspace.read'] },
});

export async function mail(who: Member, sort: 'now' | 'hourly' | 'daily'): Promise<void> {
  const { mailNotifications } = await import('../../../src/features/notifications/mail/digest.js');
  await mailNotifications(systemIn(), { accountId: who.id, mail: sort });
}

export const unreadOn = (text: string) => /data-unread-count(?: hidden)?><span data-count>(\d+\+?)</.exec(text)?.[1];

/** As the page of preferences is saved: what is not given is off. */
export const choose = (who: Member, fields: Record<string, string>) =>
  who.browser.submit(`${home}/preferences`, { hour: '8', timeZone: 'UTC', ...fields });
