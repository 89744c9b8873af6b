import { z } from 'zod';
import type { TenantDatabase } from '../../../database/database.js';
import { sql } from '../../../database/sql.js';
import type { Left } from './leaving.js';

const LeftRow = z.object({
  documents: z.number(),
  agents: z.number(),
  pages: z.number(),
  tasks: z.number(),
  assigned: z.number(),
  comments: z.number(),
  events: z.number(),
  sharedConversations: z.number(),
  conversations: z.number(),
  privateEvents: z.number(),
  drafts: z.number(),
});

/** Somebody else may read it: then it is not theirs alone. `c` is the conversation, `e` the event. */
export const isShared = sql`exists (select from conversation_shares s where s.conversation_id = c.id)`;
const isAttended = sql`
  exists (select from calendar_attendees o where o.event_id = e.id and o.account_id <> e.account_id)
`;

/** How much of each kind somebody leaves. Spaces are counted by who is in them (`listPrivateSpaces`). */
export async function countLeft(db: TenantDatabase, accountId: string): Promise<Left> {
  const row = await db.one(
    LeftRow,
    sql`
      select
        (select count(*) from documents where created_by = ${accountId}) as documents,
        (select count(*) from agents where created_by = ${accountId}) as agents,
        (
          select count(*) from pages p join spaces s on s.id = p.space_id
          where p.created_by = ${accountId} and s.kind = 'team'
        ) as pages,
        (select count(*) from tasks where account_id = ${accountId}) as tasks,
        (
          select count(*) from tasks
          where assignee_kind = 'member' and assignee_id = ${accountId} and finished_at is null and archived_at is null
        ) as assigned,
        (select count(*) from task_entries where account_id = ${accountId} and kind = 'comment') as comments,
        (
          select count(*) from calendar_events e
          where e.account_id = ${accountId} and (e.visibility = 'team' or ${isAttended})
        ) as events,
        (select count(*) from conversations c where c.account_id = ${accountId} and ${isShared}) as shared_conversations,
        (select count(*) from conversations c where c.account_id = ${accountId} and not ${isShared}) as conversations,
        (
          select count(*) from calendar_events e
          where e.account_id = ${accountId} and e.visibility = 'private' and not ${isAttended}
        ) as private_events,
        (select count(*) from page_drafts where account_id = ${accountId}) as drafts
    `,
  );
  return LeftRow.parse(row);
}

const SpaceRow = z.object({ id: z.uuid(), others: z.array(z.uuid()) });

/** The private spaces that somebody is in, with who else is. */
export function listPrivateSpaces(db: TenantDatabase, accountId: string) {
  return db.many(
    SpaceRow,
    sql`
      select p.space_id as id, array(
        select o.account_id from space_people o where o.space_id = p.space_id and o.account_id <> p.account_id
      ) as others
      from space_people p
      where p.account_id = ${accountId}
      order by p.space_id
    `,
  );
}

/** Its maker is who lets people in: whoever goes on with it becomes that. */
export async function setMaker(db: TenantDatabase, spaceId: string, accountId: string): Promise<void> {
  await db.run(sql`update spaces set created_by = ${accountId}, updated_at = now() where id = ${spaceId}`);
}

const Departure = z.object({ accountId: z.uuid(), accountName: z.string(), leftAt: z.date(), eraseAt: z.date() });
type Departure = z.infer<typeof Departure>;

export async function saveDeparture(
  db: TenantDatabase,
  { accountId, accountName, eraseAt }: Omit<Departure, 'leftAt'>,
): Promise<void> {
  await db.run(sql`
    insert into departures (account_id, account_name, erase_at)
    values (${accountId}, ${accountName}, ${eraseAt})
    on conflict (account_id) do update
    set account_name = excluded.account_name, left_at = now(), erase_at = excluded.erase_at
  `);
}

const departureColumns = sql`account_id, account_name, left_at, erase_at`;

export function findDeparture(db: TenantDatabase, accountId: string): Promise<Departure | undefined> {
  return db.one(Departure, sql`select ${departureColumns} from departures where account_id = ${accountId} for update`);
}

/** First those whose time comes first. */
export function listDepartures(db: TenantDatabase): Promise<Departure[]> {
  return db.many(Departure, sql`select ${departureColumns} from departures order by erase_at, account_id limit 500`);
}

export async function deleteDeparture(db: TenantDatabase, accountId: string): Promise<void> {
  await db.run(sql`delete from departures where account_id = ${accountId}`);
}

interface Erased {
  readonly conversations: number;
  readonly spaces: number;
  readonly events: number;
  readonly drafts: number;
}

/**
 * Deletes what was somebody's alone. A private space goes with the last person in it, its pages, their history and drafts
 * with it; messages, calls and files go with their conversation.
 */
export async function erasePrivate(db: TenantDatabase, accountId: string): Promise<Erased> {
  await db.run(sql`
    update decisions
    set status = 'withdrawn', decided_at = now(), finished_at = now()
    where account_id = ${accountId} and status = 'waiting'
  `);
  const conversations = await db.run(
    sql`delete from conversations c where c.account_id = ${accountId} and not ${isShared}`,
  );
  const drafts = await db.run(sql`delete from page_drafts where account_id = ${accountId}`);
  const spaces = await db.run(sql`
    delete from spaces s
    where s.kind = 'private'
      and exists (select from space_people p where p.space_id = s.id and p.account_id = ${accountId})
      and not exists (select from space_people p where p.space_id = s.id and p.account_id <> ${accountId})
  `);
  await db.run(sql`delete from space_people where account_id = ${accountId}`);
  const events = await db.run(sql`
    delete from calendar_events e
    where e.account_id = ${accountId} and e.visibility = 'private' and not ${isAttended}
  `);
  await db.run(sql`delete from calendar_attendees where account_id = ${accountId}`);
  await db.run(sql`delete from calendar_preferences where account_id = ${accountId}`);
  return { conversations, spaces, events, drafts };
}

/** In what is shared, their name is taken away. The audit and the record of a decision keep it: that is what they are for. */
export async function takeNameAway(
  db: TenantDatabase,
  accountId: string,
  { was, name }: { was: string; name: string },
): Promise<void> {
  await db.run(sql`update tasks set account_name = ${name} where account_id = ${accountId}`);
  await db.run(sql`update task_entries set account_name = ${name} where account_id = ${accountId}`);
  await db.run(sql`update calendar_versions set actor_name = ${name} where account_id = ${accountId}`);
  await db.run(sql`update conversation_shares set account_name = ${name} where account_id = ${accountId}`);
  await db.run(sql`
    update conversation_shares s
    set owner_name = ${name}
    from conversations c
    where c.id = s.conversation_id and c.account_id = ${accountId}
  `);
  // These know no account, so that another person of the same name loses it here, too.
  await db.run(sql`update notifications set actor_name = ${name} where actor_name = ${was}`);
}
