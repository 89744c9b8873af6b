import { z } from 'zod';
import { NotFound } from '../../errors.js';
import { defineTargetKind } from '../../llm/target.js';
import { defineTool } from '../../llm/tool.js';
import { accountOf } from '../../tenancy/context.js';
import { ownedBy } from './actions.js';
import { fileRows, getFile } from './files/queries.js';
import { readFileText, searchFiles } from './files/search.js';
import { conversationRows, ownersOnly } from './queries.js';

const none = 'No files belong to this conversation.';

defineTargetKind({
  kind: 'conversation',
  permission: 'conversations.read',
  rows: conversationRows,
  seenBy: ({ actor }) => ownersOnly(accountOf(actor)),
});

defineTargetKind({
  kind: 'file',
  permission: 'conversations.read',
  rows: fileRows,
  seenBy: ({ actor }) => ownersOnly(accountOf(actor)),
});

/** These come with the files of a conversation and are chosen for no agent: what the person gave, the agent may read. */
defineTool({
  name: 'search_files',
  label: 'Search the attached files',
  description:
    'Find passages by words in the files that the person attached to this conversation. Use it before you answer anything about these files.',
  permission: 'conversations.read',
  effect: 'reads',
  comesWith: 'files',
  input: z.object({
    query: z.string().trim().min(1).max(1000).describe('What to look for, as a question or key words'),
  }),
  target: async (_db, _context, _input, { conversationId: id }) =>
    id ? { kind: 'conversation', id, title: 'the files attached to the conversation' } : null,
  async run(context, { query }, { conversationId }) {
    if (!conversationId) throw new NotFound(none);
    const found = await searchFiles(context, conversationId, query);
    const result = found.map(({ title, headings, page, text }) => ({ title, headings, page, text }));
    return { result: { passages: result }, citations: found };
  },
});

defineTool({
  name: 'read_file',
  label: 'Read an attached file',
  description: 'Read a file that the person attached to this conversation from its beginning, as far as it fits.',
  permission: 'conversations.read',
  effect: 'reads',
  comesWith: 'files',
  input: z.object({ file: z.uuid().describe('The id of the file, as it is listed for this conversation') }),
  async target(db, context, { file: id }, { conversationId }) {
    if (!conversationId) throw new NotFound(none);
    return { kind: 'file', id, title: (await getFile(db, ownedBy(context, conversationId), id)).name };
  },
  async run(context, { file }, { conversationId }) {
    const found = conversationId ? await readFileText(context, conversationId, file) : [];
    if (found.length === 0) throw new NotFound('There is no such file in this conversation.');
    return { result: { passages: found.map(({ page, text }) => ({ page, text })) }, citations: found };
  },
});
