import { z } from 'zod';
import { defineTool } from '../../llm/tool.js';
import { chosenProvider, type Provider } from './provider.js';
import { readPage } from './reading.js';
import { searchWeb } from './search.js';

const hits = 8;

const Address = z
  .url({ protocol: /^https?$/, error: 'A whole address that begins with https:// or http://' })
  .max(2000)
  .describe('The whole address of the page');

/** AG-5: both tell somebody outside what is asked for, so a person is asked first unless the workspace says otherwise. */
function defineWebTools(provider: Provider): void {
  defineTool({
    name: 'web_search',
    label: 'Search the web',
    description:
      'Search the web for pages by words. Use it for what the documents of the workspace cannot know. Names of people, numbers and other things that are not public do not belong into the words.',
    permission: 'conversations.create',
    effect: 'outside',
    input: z.object({
      query: z.string().trim().min(1).max(400).describe('What to look for, as a few words or a short question'),
    }),
    says: ({ query }) => `Search the web for “${query}”: ${provider.name} gets these words`,
    reads: ({ query }) => `Web search: ${query.slice(0, 100)}`,
    async run(_context, { query }, { signal }) {
      const found = await searchWeb(provider, query, { count: hits, signal });
      return { result: { found } };
    },
  });

  defineTool({
    name: 'read_page',
    label: 'Read a web page',
    description:
      'Read a page of the web, or a file there such as a PDF, as plain text. Long ones come in parts: ask for the next part by its number.',
    permission: 'conversations.create',
    effect: 'outside',
    input: z.object({
      address: Address,
      part: z.int().min(1).max(1000).default(1).describe('Which part of a long page'),
    }),
    says: ({ address, part }) =>
      `Open ${shown(address)} (${hostOf(address)} gets this address)${part > 1 ? `, part ${part}` : ''}`,
    reads: ({ address }) => `Web page ${shown(address).slice(0, 160)}`,
    async run({ tenant }, { address, part }, { signal }) {
      return { result: await readPage({ address, part, scope: `${tenant.id} web`, signal }) };
    },
  });
}

/** As it would be asked for: with a host in which letters that only look like others show. */
const shown = (address: string) => new URL(address).href;
const hostOf = (address: string) => new URL(address).host;

/** They exist where the operator has chosen a provider, which is known when the settings are read, not before. */
export function offerWebTools(): void {
  const provider = chosenProvider();
  if (provider) defineWebTools(provider);
}
