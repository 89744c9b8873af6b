import { z } from 'zod';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { kinds, type Notification } from '../notification.js';
import { kindIcons, kindNames, kindWords } from '../wording.js';
import { countUnread, listNotifications, mostCounted } from './queries.js';

const perPage = 40;

const ListQuery = z.object({
  show: z.enum(['unread', 'all']).catch('unread'),
  kind: z.enum(kinds).optional().catch(undefined),
  before: z.uuid().optional().catch(undefined),
});
type ListQuery = z.infer<typeof ListQuery>;

export async function listLocals(context: TenantContext, given: unknown) {
  const query = ListQuery.parse(given);
  const { show, kind, before } = query;
  const accountId = accountOf(context.actor) ?? '';
  const home = homeOf(context);
  const [found, unread] = await readTenant(context, 'workspace.read', (db) =>
    Promise.all([
      listNotifications(db, accountId, { unread: show === 'unread', kind, before, limit: perPage + 1 }),
      countUnread(db, accountId),
    ]),
  );
  const shown = found.slice(0, perPage);
  const at = (place: Partial<ListQuery>) => addressOf(home, { ...query, before: undefined, ...place });
  const last = shown.at(-1);
  return {
    title: 'Notifications',
    styles: ['notifications'],
    scripts: ['notifications'],
    home,
    unread,
    show,
    kind: kind ?? '',
    here: at({ before }),
    notifications: shown.map(itemOf),
    newest: shown[0]?.id,
    tabs: {
      label: 'Notifications',
      items: [
        { href: at({ show: 'unread' }), label: 'Unread', current: show === 'unread', count: shownCount(unread) },
        { href: at({ show: 'all' }), label: 'All', current: show === 'all' },
      ],
    },
    kinds: [{ value: '', label: 'All' }, ...kinds.map((value) => ({ value, label: kindNames[value] }))],
    clearHref: kind ? at({ kind: undefined }) : undefined,
    pages: {
      newer: before ? at({}) : undefined,
      older: found.length > perPage && last ? at({ before: last.id }) : undefined,
    },
  };
}

function itemOf({ actorName, ...rest }: Notification) {
  return { ...rest, by: actorName, what: kindWords[rest.kind], icon: kindIcons[rest.kind] };
}

/** As bells and tabs say it. */
function shownCount(count: number): string {
  return count >= mostCounted ? `${mostCounted - 1}+` : String(count);
}

function addressOf(home: string, query: Partial<ListQuery>): string {
  const kept = Object.entries(query).filter(([name, value]) => value && !(name === 'show' && value === 'unread'));
  const text = new URLSearchParams(kept).toString();
  return text ? `${home}?${text}` : home;
}

export function homeOf({ tenant }: TenantContext): string {
  return `/w/${tenant.slug}/notifications`;
}
