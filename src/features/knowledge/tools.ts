import { z } from 'zod';
import { NotFound } from '../../errors.js';
import { defineTargetKind } from '../../llm/target.js';
import { defineTool } from '../../llm/tool.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { pasteDocumentIn, removalNotice, removeDocumentIn } from './actions.js';
import { PasteDraft } from './document.js';
import { noteGap } from './gaps/actions.js';
import { documentRows, getDocument, holdDocument, listDocuments, visibleTo } from './queries.js';
import { stopReading } from './reading.js';
import { isGood } from './search/confidence.js';
import { readerOf, searchWell } from './search/search.js';

const passages = 6;
const mostListed = 100;

defineTargetKind({
  kind: 'document',
  permission: 'knowledge.read',
  rows: documentRows,
  seenBy: (context) => visibleTo(readerOf(context)),
  hold: holdDocument,
});

defineTool({
  name: 'search_knowledge',
  label: 'Search knowledge',
  description:
    "Find passages of the workspace's documents by words and meaning. Use it before answering anything that the documents could say. Ask with the words a document would use.",
  permission: 'knowledge.read',
  effect: 'reads',
  input: z.object({
    query: z.string().trim().min(1).max(1000).describe('What to look for, as a question or key words'),
  }),
  async run(context, { query }, { knowledge, dryRun }) {
    const within = knowledge === 'all' ? {} : { within: knowledge };
    const { passages: found, confidence } = await searchWell(context, { query, limit: passages, ...within });
    if (!dryRun && !isGood(confidence)) await noteGap(context, query);
    const result = found.map(({ title, headings, page, text }) => ({ title, headings, page, text }));
    return { result: { passages: result }, citations: found };
  },
});

defineTool({
  name: 'list_documents',
  label: 'List documents',
  description:
    "List the titles and ids of the workspace's documents, newest first. Use it to find the id that other tools ask for.",
  permission: 'knowledge.read',
  effect: 'reads',
  input: z.object({
    title: z.string().trim().max(200).default('').describe('Only documents with this in their title'),
  }),
  async run(context, { title }, { knowledge }) {
    const all = await readTenant(context, 'knowledge.read', (db) => listDocuments(db, readerOf(context)));
    const wanted = title.toLowerCase();
    const found = all.filter(
      (document) =>
        (knowledge === 'all' || knowledge.includes(document.id)) && document.title.toLowerCase().includes(wanted),
    );
    const documents = found.slice(0, mostListed).map((document) => ({
      id: document.id,
      title: document.title,
      stage: document.stage,
      version: document.version,
    }));
    return { result: { documents, more: Math.max(0, found.length - mostListed) } };
  },
});

defineTool({
  name: 'add_document',
  label: 'Add a document',
  description:
    'Keep a text as a new document of the workspace, where everybody can find it. Use it when the person asks to keep something.',
  permission: 'knowledge.create',
  effect: 'inside',
  input: PasteDraft,
  says: ({ title, text }) =>
    `Add the document “${title}” (${text.length.toLocaleString('en')} characters) to the knowledge`,
  async act(db, context, draft) {
    const id = await pasteDocumentIn(db, context, draft);
    return { result: { id, title: draft.title } };
  },
});

const OneDocument = z.object({ document: z.uuid().describe('The id of the document, as list_documents gives it') });

defineTool({
  name: 'delete_document',
  label: 'Delete a document',
  description: 'Delete a document of the workspace for good: its text, its passages and its index.',
  permission: 'knowledge.delete',
  effect: 'irreversible',
  input: OneDocument,
  async target(db, context, { document: id }) {
    const { title, version } = await getDocument(db, readerOf(context), id);
    return { kind: 'document', id, title, version };
  },
  says: ({ document }, target) =>
    `Delete the document “${target?.title ?? document}” for good, for everybody in this workspace`,
  publishes: (context, { document }) => removalNotice(context, document),
  async act(db, context, { document }, { knowledge }) {
    if (knowledge !== 'all' && !knowledge.includes(document)) throw new NotFound('There is no such document.');
    const { title } = await removeDocumentIn(db, context, document);
    return { result: { deleted: title } };
  },
  afterwards: (_context, { document }) => stopReading(document),
});
