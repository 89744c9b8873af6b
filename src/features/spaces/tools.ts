import { z } from 'zod';
import { defineTargetKind } from '../../llm/target.js';
import { defineTool } from '../../llm/tool.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { holdSpace, listSpaces, spaceRows, visibleTo } from './queries.js';
import { viewerOf } from './viewer.js';

const mostListed = 100;

defineTargetKind({
  kind: 'space',
  permission: 'spaces.read',
  rows: spaceRows,
  seenBy: (context) => visibleTo(viewerOf(context)),
  hold: holdSpace,
});

defineTool({
  name: 'list_spaces',
  label: 'List spaces',
  description:
    "List the spaces that hold the workspace's pages, with their ids. Use it to find where a page belongs before making one.",
  permission: 'spaces.read',
  effect: 'reads',
  input: z.object({}),
  async run(context) {
    const all = await readTenant(context, 'spaces.read', (db) => listSpaces(db, viewerOf(context)));
    const spaces = all.slice(0, mostListed).map(({ id, name, description, kind }) => ({ id, name, description, kind }));
    return { result: { spaces, more: Math.max(0, all.length - mostListed) } };
  },
});
