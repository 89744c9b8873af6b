import type { Part } from '../../database/part.js';
import { shared } from '../../database/shared.js';
import type { TenantContext } from '../../tenancy/context.js';
import { accountOf } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import type { Permission } from '../../tenancy/permissions.js';
import { conversationsOf } from '../accounts/own-data/conversations.js';
import { getAgent, listAgents } from '../agents/queries.js';
import { csvHead, csvLine } from '../audit/csv.js';
import { AuditFilter } from '../audit/event.js';
import { listEvents } from '../audit/queries.js';
import type { CalendarEvent } from '../calendar/event.js';
import { getEvent } from '../calendar/queries.js';
import { DocumentText } from '../knowledge/document.js';
import { findKept } from '../knowledge/queries.js';
import { documentText } from '../knowledge/retrieval/document-text.js';
import { readerOf } from '../knowledge/search/search.js';
import { listMembers } from '../members/queries.js';
import { viewerOf } from '../spaces/viewer.js';
import { readInstructions } from '../workspaces/queries.js';
import type { Archive } from './archive.js';
import { calendarEnd, calendarHead, calendarText } from './content/calendar.js';
import { listDocuments, listEventIds, listPages, listTasks } from './content/queries.js';
import { fileName } from './export.js';

type Pieces = AsyncGenerator<string>;

/** Each part of the export, in the order in which it is written, with what a page calls it. */
export const steps: readonly [name: string, write: (context: TenantContext, archive: Archive) => Promise<void>][] = [
  ['members and settings', writePeople],
  ['agents', writeAgents],
  ['pages', writePages],
  ['documents', writeDocuments],
  ['tasks', (context, archive) => archive.add('tasks.json', listOf(tasksOf(context)))],
  ['calendar', writeCalendar],
  ['your conversations', (context, archive) => archive.add('conversations.json', listOf(conversationsOf(context)))],
  ['activity', (context, archive) => archive.add('activity.csv', auditOf(context))],
];

async function writePeople(context: TenantContext, archive: Archive): Promise<void> {
  const { id, name, slug } = context.tenant;
  const instructions = await readTenant(context, 'settings.read', readInstructions);
  const members = (await listMembers(shared(), id)).map(({ name: called, username, email, role, joinedAt }) => ({
    ...{ name: called, username, email, role, joinedAt },
  }));
  await archive.add('workspace.json', [JSON.stringify({ name, slug, instructions, members }, null, 2)]);
}

async function writeAgents(context: TenantContext, archive: Archive): Promise<void> {
  const agents = await readTenant(context, 'agents.read', async (db) => {
    const listed = await listAgents(db, { query: '', archived: false }, { limit: 1000, offset: 0 });
    return Promise.all(listed.map(({ id }) => getAgent(db, id)));
  });
  await archive.add('agents.json', [JSON.stringify(agents, null, 2)]);
}

async function writePages(context: TenantContext, archive: Archive): Promise<void> {
  const viewer = viewerOf(context);
  for await (const page of inParts(context, 'pages.read', (db, part) => listPages(db, viewer, part))) {
    const { id, spaceId, spaceName, title, body, archivedAt } = page;
    const folder = fileName(spaceName, spaceId, archivedAt ? 'archive' : 'pages');
    await archive.add(`pages/${folder}/${fileName(title, id, 'md')}`, [`# ${title}\n\n${body}\n`]);
  }
}

async function writeDocuments(context: TenantContext, archive: Archive): Promise<void> {
  const reader = readerOf(context);
  for await (const { id, title } of inParts(context, 'knowledge.read', (db, part) => listDocuments(db, reader, part))) {
    const kept = await readTenant(context, 'knowledge.read', (db) => findKept(db, id));
    if (!kept) continue;
    const { sections } = DocumentText.parse(JSON.parse(kept.toString('utf8')));
    await archive.add(`documents/${fileName(title, id, 'txt')}`, [documentText(sections)]);
  }
}

async function writeCalendar(context: TenantContext, archive: Archive): Promise<void> {
  await archive.add('events.json', listOf(mapped(eventsOf(context), (event) => JSON.stringify(event))));
  await archive.add('calendar.ics', around(calendarHead, mapped(eventsOf(context), calendarText), calendarEnd));
}

async function* eventsOf(context: TenantContext): AsyncGenerator<CalendarEvent> {
  const me = accountOf(context.actor) ?? '';
  const read: Read<{ id: string }> = async (db, part) => (await listEventIds(db, me, part)).map((id) => ({ id }));
  for await (const { id } of inParts(context, 'calendar.read', read)) {
    yield await readTenant(context, 'calendar.read', (db) => getEvent(db, me, id));
  }
}

function tasksOf(context: TenantContext): Pieces {
  return mapped(inParts(context, 'tasks.read', listTasks), (task) => JSON.stringify(task));
}

async function* auditOf(context: TenantContext): Pieces {
  yield csvHead;
  const filter = AuditFilter.parse({});
  let before: string | undefined;
  for (;;) {
    const batch = await readTenant(context, 'audit.read', (db) => listEvents(db, { ...filter, before }, 1000));
    yield batch.map(csvLine).join('');
    before = batch.at(-1)?.id;
    if (batch.length < 1000) return;
  }
}

type Database = Parameters<typeof listTasks>[0];
type Read<Row> = (db: Database, part: Part) => Promise<readonly Row[]>;
const perBatch = 100;

async function* inParts<Row extends { id: string }>(context: TenantContext, permission: Permission, read: Read<Row>) {
  let after: string | undefined;
  for (;;) {
    const part = { after, limit: perBatch };
    const batch = await readTenant(context, permission, (db) => read(db, part));
    yield* batch;
    after = batch.at(-1)?.id;
    if (batch.length < perBatch) return;
  }
}

async function* mapped<Item>(items: AsyncIterable<Item>, text: (item: Item) => string): Pieces {
  for await (const item of items) yield text(item);
}

async function* listOf(items: AsyncIterable<string>): Pieces {
  let mark = '[\n';
  for await (const item of items) {
    yield `${mark}${item}`;
    mark = ',\n';
  }
  yield mark === '[\n' ? '[]\n' : '\n]\n';
}

async function* around(head: string, items: AsyncIterable<string>, end: string): Pieces {
  yield head;
  yield* items;
  yield end;
}
