import { z } from 'zod';
import type { TenantDatabase } from '../../database/database.js';
import { plural } from '../../http/wording.js';
import { defineTargetKind } from '../../llm/target.js';
import { defineTool, type Target } from '../../llm/tool.js';
import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { getSpace, visibleTo } from '../spaces/queries.js';
import { viewerOf } from '../spaces/viewer.js';
import { createPageIn, updatePageIn } from './actions.js';
import { PageBody, PageTitle } from './page.js';
import { getPage, holdPage, pageRows, searchPages } from './queries.js';
import { tagsToFind } from './search-tags.js';
import { archivePageIn, deletePageIn } from './tree/actions.js';
import { listPath } from './tree/queries.js';

const mostListed = 50;
const page = z.uuid().describe('The id of the page, as list_pages gives it');
const version = z.number().int().min(1).describe('The version that you read, as get_page gives it');
const title = PageTitle.describe('One line');
const text = PageBody.describe('Markdown');

defineTargetKind({
  kind: 'page',
  permission: 'pages.read',
  rows: pageRows,
  seenBy: (context) => visibleTo(viewerOf(context)),
  hold: holdPage,
});

defineTool({
  name: 'list_pages',
  label: 'List pages',
  description:
    "List or search the workspace's pages, last changed first, with the ids that other tools ask for. Words are searched in titles and text.",
  permission: 'pages.read',
  effect: 'reads',
  input: z.object({
    words: z.string().trim().max(200).default('').describe('Only pages with all of these words'),
    space: z.uuid().optional().describe('Only pages of the space with this id'),
    before: z.uuid().optional().describe('To go on: the last page of the list before'),
  }),
  target: async (db, context, { space: id }) => (id ? spaceTarget(db, context, id) : null),
  async run(context, { words, space, before }) {
    const pages = await readTenant(context, 'pages.read', (db) =>
      searchPages(db, viewerOf(context), {
        words: tagsToFind(db, words),
        spaceId: space,
        before,
        limit: mostListed + 1,
      }),
    );
    const shown = pages.slice(0, mostListed).map((each) => ({
      ...{ id: each.id, title: each.title, version: each.version, changed: each.updatedAt.toISOString() },
      space: { id: each.spaceId, name: each.spaceName },
    }));
    return { result: { pages: shown, more: pages.length > mostListed } };
  },
});

defineTool({
  name: 'get_page',
  label: 'Read a page',
  description: 'Read a page of the workspace: its title, its text (Markdown) and its version.',
  permission: 'pages.read',
  effect: 'reads',
  input: z.object({ page }),
  target: (db, context, { page: id }) => pageTarget(db, context, id),
  async run(context, { page: id }) {
    const [found, path] = await readTenant(context, 'pages.read', async (db) => [
      await getPage(db, viewerOf(context), id),
      await listPath(db, id),
    ]);
    const { title, body, version, spaceId, spaceName, updatedAt, archivedAt } = found;
    return {
      result: {
        ...{ id, title, version, text: body, space: { id: spaceId, name: spaceName } },
        liesIn: path.slice(0, -1),
        changed: updatedAt.toISOString(),
        archived: archivedAt !== null,
      },
    };
  },
});

defineTool({
  name: 'create_page',
  label: 'Make a page',
  description: 'Make a page (Markdown) in a space of the workspace, where everybody in that space can read it.',
  permission: 'pages.create',
  effect: 'inside',
  input: z.object({
    space: z.uuid().describe('The id of the space, as list_spaces gives it'),
    parent: z.uuid().optional().describe('The id of a page of that space which it should lie in'),
    title,
    text,
  }),
  target: (db, context, { space: id }) => spaceTarget(db, context, id),
  says: ({ title, text }, target) => `Make the page “${title}” (${sizeOf(text)}) in ${nameOf(target)}`,
  async act(db, context, { space, parent, title, text }) {
    const id = await createPageIn(db, context, { spaceId: space, parentId: parent ?? null, title, body: text });
    return { result: { id, title, version: 1 } };
  },
});

defineTool({
  name: 'update_page',
  label: 'Change a page',
  description:
    'Change a page: give its whole new text, or a text to append to what is there, or a new title. The version before stays in its history. Read the page first.',
  permission: 'pages.update',
  effect: 'inside',
  input: z
    .object({
      page,
      version,
      title: title.optional(),
      text: PageBody.optional().describe('The whole new text, instead of what is there'),
      append: PageBody.optional().describe('Added after what is there'),
    })
    .refine(
      ({ title, text, append }) => (title ?? text ?? append) !== undefined,
      'Give a title, a text or an addition.',
    )
    .refine(({ text, append }) => text === undefined || append === undefined, 'Give a whole text or an addition.'),
  target: (db, context, { page: id }) => pageTarget(db, context, id),
  says: ({ title, text, append }, target) => {
    const name = nameOf(target);
    const parts = [
      ...(text !== undefined ? [`write ${name} anew (${sizeOf(text)})`] : []),
      ...(append !== undefined ? [`add ${sizeOf(append)} to ${name}`] : []),
      ...(title !== undefined ? [`call ${name} “${title}”`] : []),
    ];
    const sentence = parts.join(' and ');
    return sentence.charAt(0).toUpperCase() + sentence.slice(1);
  },
  async act(db, context, { page: id, version: seen, title, text, append }) {
    const now = await updatePageIn(db, context, id, { seen, title, body: text, append });
    return { result: { id, version: now } };
  },
});

defineTool({
  name: 'archive_page',
  label: 'Archive a page',
  description: 'Put a page and the pages in it into the archive of its space. A person can bring it back.',
  permission: 'pages.delete',
  effect: 'inside',
  input: z.object({ page }),
  target: (db, context, { page: id }) => pageTarget(db, context, id),
  says: (_input, target) => `Archive ${nameOf(target)}, with the pages in it`,
  async act(db, context, { page: id }) {
    return { result: { id, archived: await archivePageIn(db, context, id) } };
  },
});

defineTool({
  name: 'delete_page',
  label: 'Delete a page',
  description: 'Delete a page and its history for good. Not for pages that have others in them. Prefer archive_page.',
  permission: 'pages.delete',
  effect: 'irreversible',
  input: z.object({ page }),
  target: (db, context, { page: id }) => pageTarget(db, context, id),
  says: (_input, target) => `Delete ${nameOf(target)} for good, with its history, for everybody`,
  async act(db, context, { page: id }) {
    const { title } = await deletePageIn(db, context, { id, withPages: false });
    return { result: { deleted: title } };
  },
});

async function pageTarget(db: TenantDatabase, context: TenantContext, id: string): Promise<Target> {
  const { title, version } = await getPage(db, viewerOf(context), id);
  return { kind: 'page', id, title, version };
}

async function spaceTarget(db: TenantDatabase, context: TenantContext, id: string): Promise<Target> {
  const { name } = await getSpace(db, viewerOf(context), id);
  return { kind: 'space', id, title: name };
}

const nameOf = (target: Target | null) => (target ? `the ${target.kind} “${target.title}”` : 'a page');

const sizeOf = (text: string) => plural(text.length, 'character');
