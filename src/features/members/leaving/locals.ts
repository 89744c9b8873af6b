import { shared } from '../../../database/shared.js';
import { plural } from '../../../http/wording.js';
import { accountOf, type TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { mayOpenHere } from '../../break-glass/policy.js';
import { listInvitations } from '../invitations/queries.js';
import { getMember, listMembers } from '../queries.js';
import { spacesLeft } from './actions.js';
import { daysKept, type Left, type SpacesLeft } from './leaving.js';
import { countLeft, listDepartures } from './queries.js';
import { countLastRead } from './readers/actions.js';

export interface LeavingForm {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly errors?: Readonly<Record<string, string>>;
}

/** MB-5: before somebody goes, what becomes of each kind of thing that is theirs. */
export async function leavingLocals(context: TenantContext, accountId: string, form: LeavingForm = {}) {
  const { tenant, actor } = context;
  const isOwn = accountId === accountOf(actor);
  const member = await getMember(shared(), tenant.id, accountId);
  const [left, lastRead, spaces, mayHandOver] = await readTenant(context, 'workspace.read', (db) =>
    Promise.all([
      countLeft(db, accountId),
      countLastRead(db, tenant.id, accountId),
      spacesLeft(db, tenant.id, accountId),
      isOwn ? true : mayOpenHere(db, context),
    ]),
  );
  const [members, invitations] = await Promise.all([
    listMembers(shared(), tenant.id),
    listInvitations(shared(), tenant.id),
  ]);
  const sent = invitations.filter(({ invitedBy }) => invitedBy === accountId).length;
  return {
    title: isOwn ? 'Leave this workspace' : `Remove ${member.name}`,
    member,
    isOwn,
    isOnlyOwner: isOwn && isOnlyOwner(members, accountId),
    stays: staying(left, spaces),
    goes: going(left, spaces, lastRead),
    withdrawn: sent,
    alone: spaces.alone.length,
    mayHandOver,
    heirs: heirsAmong(members, accountId),
    daysKept,
    values: form.values ?? {},
    errors: form.errors ?? {},
  };
}

/** The last owner is told before they try. */
function isOnlyOwner(members: Awaited<ReturnType<typeof listMembers>>, accountId: string): boolean {
  const owners = members.filter(({ role }) => role === 'owner');
  return owners.length === 1 && owners[0]?.accountId === accountId;
}

function heirsAmong(members: Awaited<ReturnType<typeof listMembers>>, gone: string) {
  return members
    .filter((member) => member.accountId !== gone)
    .map((member) => ({ value: member.accountId, label: `${member.name} (${member.username})` }));
}

const counted = (entries: readonly [number, string][]) => entries.flatMap(([count, text]) => (count > 0 ? [text] : []));

function staying(left: Left, { together }: SpacesLeft): string[] {
  return counted([
    [left.documents, `${plural(left.documents, 'document')} of the knowledge`],
    [left.agents, plural(left.agents, 'agent')],
    [left.pages, `${plural(left.pages, 'page')} in team spaces`],
    [together.length, `${plural(together.length, 'private space')} in which others are: they go on with them`],
    [left.tasks, `${plural(left.tasks, 'task')} that they made`],
    [left.assigned, `${plural(left.assigned, 'open task')} assigned to them, until somebody takes over`],
    [left.comments, plural(left.comments, 'comment')],
    [left.events, `${plural(left.events, 'event')} of the calendar that others see`],
    [left.sharedConversations, `${plural(left.sharedConversations, 'conversation')} for those they are shared with`],
  ]);
}

function going(left: Left, { alone }: SpacesLeft, lastRead: number): string[] {
  return counted([
    [left.conversations, plural(left.conversations, 'private conversation')],
    [alone.length, `${plural(alone.length, 'private space')} in which nobody else is`],
    [left.privateEvents, plural(left.privateEvents, 'private event')],
    [left.drafts, `${plural(left.drafts, 'draft')} of pages`],
    [lastRead, `${plural(lastRead, 'conversation')} of former members that nobody else can read`],
  ]);
}

/** Who has left and what of theirs still waits: kept until when, and whether it can be handed over. */
export async function departuresLocals(context: TenantContext, form: LeavingForm = {}) {
  const { tenant } = context;
  const [departures, mayHandOver] = await readTenant(context, 'members.delete', async (db) => {
    const found = await listDepartures(db);
    const rows = [];
    for (const departure of found) {
      const { alone } = await spacesLeft(db, tenant.id, departure.accountId);
      rows.push({ ...departure, left: await countLeft(db, departure.accountId), alone: alone.length });
    }
    return [rows, await mayOpenHere(db, context)] as const;
  });
  const members = await listMembers(shared(), tenant.id);
  const back = new Set(members.map(({ accountId }) => accountId));
  return {
    title: 'Who has left',
    departures: departures
      .filter(({ accountId }) => !back.has(accountId))
      .map(({ left, ...departure }) => ({
        ...departure,
        goes: [left.conversations, left.privateEvents, left.drafts].reduce((sum, count) => sum + count, 0),
      })),
    mayHandOver,
    heirs: heirsAmong(members, ''),
    daysKept,
    values: form.values ?? {},
    errors: form.errors ?? {},
  };
}
