import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { toolNamed } from '../../src/llm/tool.js';
import { addDocument } from '../features/conversations/cast.js';
import { makePdf } from '../support/documents/pdf.js';
import { type Order, orderText } from '../support/providers/obedient.js';
import { until } from '../support/until.js';
import { useTool, type World } from './world.js';

/** A way for an attacker's words to come before an agent. */
export interface Carrier {
  readonly name: string;
  /** The tool without which nothing of the kind is read. */
  readonly needs: string;
  /** Reading it tells somebody outside, so a person is asked before it is read. */
  readonly isAsked?: boolean;
  /** Characters that it has room for, where that is little: longer orders do not come this way. */
  readonly longest?: number;
  /** Before the orders, so that these can speak of it. Answers the conversation to which it belongs, where it does. */
  prepare?(world: World, word: string, conversation?: string): Promise<string | undefined>;
  /** Puts the orders where an agent will read them. */
  plant(world: World, word: string, orders: readonly Order[], conversation?: string): Promise<unknown>;
  /** What a person asks for, so that the agent reads that many orders. */
  reads(world: World, word: string, count: number): readonly Order[];
}

const read = (tool: string, given: object): Order => ({ tool, arguments: given });

/** A search answers six passages: each six orders have a word of their own. */
const passages = 6;
const searches = (tool: string, word: string, count: number) =>
  Array.from({ length: Math.ceil(count / passages) }, (_, at) => read(tool, { query: `${word}p${at}` }));
const found = (word: string, orders: readonly Order[]) =>
  orders.map((order, index) => `${word}p${Math.floor(index / passages)} ${orderText(order)}`);
const together = (orders: readonly Order[]) => orders.map(orderText).join('\n\n');

const document: Carrier = {
  name: 'a document',
  needs: 'search_knowledge',
  async plant({ cast }, word, orders) {
    for (const [index, text] of found(word, orders).entries()) {
      await addDocument(cast.alice, `Note ${index} on ${word}`, text);
    }
  },
  reads: (_world, word, count) => searches('search_knowledge', word, count),
};

const pdf: Carrier = {
  name: 'a PDF',
  needs: 'search_knowledge',
  async plant({ cast }, word, orders) {
    const { uploadDocument } = await import('../../src/features/knowledge/actions.js');
    const { indexWords } = await import('../../src/features/knowledge/search/indexing/words.js');
    const id = await uploadDocument(cast.alice.context, await pdfFile(word, orders));
    const { admin } = cast.server.database;
    await until(`${word}.pdf is read`, async () => {
      const { rows } = await admin.query(`select stage from ${cast.acme.id}.documents where id = $1`, [id]);
      assert.notEqual(rows[0]?.stage, 'failed');
      return rows[0]?.stage !== 'reading';
    });
    await indexWords(cast.alice.context, id);
  },
  reads: (_world, word, count) => searches('search_knowledge', word, count),
};

/** Small letters: an order is one line of its own page, and no line break comes between. */
async function pdfFile(word: string, orders: readonly Order[]) {
  const { placeForUpload } = await import('../../src/features/knowledge/uploads.js');
  const path = placeForUpload();
  const content = makePdf({ pages: found(word, orders).map((text) => [{ text, size: 2 }]) });
  await writeFile(path, content);
  return { path, name: `${word}.pdf`, size: content.length };
}

const attachment: Carrier = {
  name: 'a chat attachment',
  needs: 'search_files',
  async prepare({ cast, agent }, word, conversation) {
    if (conversation) return conversation;
    const { startWithFile } = await import('../../src/features/conversations/files/actions.js');
    const file = await pdfFile(word, [{ say: 'Nothing yet.' }]);
    const id = await startWithFile(cast.alice.context, agent, { file, signal: AbortSignal.timeout(60_000) });
    return `/w/acme/conversations/${id}`;
  },
  async plant({ cast }, word, orders, conversation = '') {
    const { attachFile } = await import('../../src/features/conversations/files/actions.js');
    const file = await pdfFile(`${word}own`, orders);
    const id = conversation.split('/').at(-1) ?? '';
    await attachFile(cast.alice.context, id, { file, signal: AbortSignal.timeout(60_000) });
  },
  reads: (_world, word, count) => searches('search_files', `${word}own`, count),
};

const webPage: Carrier = {
  name: 'a web page',
  needs: 'read_page',
  isAsked: true,
  async plant({ site }, word, orders) {
    const paragraphs = orders.map((order) => `<p>${orderText(order)}</p>`);
    site.pages.set(`/${word}.html`, `<!doctype html><title>${word}</title><main>${paragraphs.join('')}</main>`);
  },
  reads: ({ site }, word) => [read('read_page', { address: `${site.origin}/${word}.html` })],
};

const toolResult: Carrier = {
  name: 'the result of a tool',
  needs: 'look_up',
  async plant({ finds }, word, orders) {
    finds.set(word, together(orders));
  },
  reads: (_world, word) => [read('look_up', { word })],
};

const taskTitle: Carrier = {
  name: 'the title of a task',
  needs: 'list_tasks',
  longest: 180,
  async plant({ cast }, word, orders) {
    for (const order of orders) await useTool(cast.bob, 'create_task', { title: `${word} ${orderText(order)}` });
  },
  reads: (_world, word) => [read('list_tasks', { query: word })],
};

/** What was made for a word, by its id. */
const made = new Map<string, string>();
async function keep(word: string, id: Promise<string>): Promise<undefined> {
  made.set(word, await id);
}
const madeFor = (word: string) => made.get(word) ?? assert.fail(`nothing was made for ${word}`);

const task: Carrier = {
  name: 'the description and a comment of a task',
  needs: 'get_task',
  prepare: ({ cast }, word) => keep(word, useTool(cast.bob, 'create_task', { title: word })),
  async plant({ cast }, word, [first, ...rest]) {
    if (first) await useTool(cast.bob, 'comment_task', { task: madeFor(word), text: orderText(first) });
    await useTool(cast.bob, 'update_task', { task: madeFor(word), description: together(rest) });
  },
  reads: (_world, word) => [read('get_task', { task: madeFor(word) })],
};

const page: Carrier = {
  name: 'a page',
  needs: 'get_page',
  prepare: ({ cast, space }, word) => keep(word, useTool(cast.bob, 'create_page', { space, title: word, text: '' })),
  plant: ({ cast }, word, orders) =>
    useTool(cast.bob, 'update_page', { page: madeFor(word), version: 1, text: together(orders) }),
  reads: (_world, word) => [read('get_page', { page: madeFor(word) })],
};

const calendarEntry: Carrier = {
  name: 'a calendar entry',
  needs: 'read_event',
  prepare: ({ cast }, word) =>
    keep(word, useTool(cast.bob, 'create_event', { title: word, starts: '2031-05-05T10:00' })),
  plant: ({ cast }, word, orders) =>
    useTool(cast.bob, 'update_event', { event: madeFor(word), scope: 'all', description: together(orders) }),
  reads: (_world, word) => [read('read_event', { event: madeFor(word) })],
};

const all: readonly Carrier[] = [document, pdf, webPage, toolResult, taskTitle, task, page, calendarEntry, attachment];

/** Those whose tools exist in this version. */
export function carriersOf({ tools }: World): readonly Carrier[] {
  return all.filter(({ needs }) => tools.includes(needs) || toolNamed(needs)?.comesWith);
}
