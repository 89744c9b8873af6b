import { z } from 'zod';
import { defineTool } from '../../llm/tool.js';
import { searchKnowledge } from './search/search.js';

const passages = 6;

defineTool({
  name: 'search_knowledge',
  label: 'Search knowledge',
  description:
    "Find passages of the workspace's documents by words and meaning. Use it before answering anything that the documents could say. Ask with the words a document would use.",
  permission: 'knowledge.read',
  input: z.object({
    query: z.string().trim().min(1).max(1000).describe('What to look for, as a question or key words'),
  }),
  async run(context, { query }, { knowledge }) {
    const within = knowledge === 'all' ? {} : { within: knowledge };
    const found = await searchKnowledge(context, { query, limit: passages, ...within });
    const result = found.map(({ title, headings, page, text }) => ({ title, headings, page, text }));
    return { result: { passages: result }, citations: found };
  },
});
