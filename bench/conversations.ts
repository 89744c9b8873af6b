import { performance } from 'node:perf_hooks';
import { newId } from '../src/database/id.js';
import { createAgent } from '../src/features/agents/actions.js';
import { listConversations } from '../src/features/conversations/queries.js';
import { tagsOf, tagsToFind } from '../src/features/conversations/search-tags.js';
import { accountOf, type TenantContext } from '../src/tenancy/context.js';
import { readTenant } from '../src/tenancy/in-tenant.js';
import { openTestDatabase } from '../test/support/database.js';
import { newWorkspace } from '../test/support/workspace.js';
import { median, percentile, rounded, say } from './support.js';
import { makeText } from './texts.js';

/**
 * One's own conversations: the list, and the search of a common word, a rare one, one that is nowhere and one that only
 * old conversations have, in workspaces of one database, in turns. `npm run bench:conversations`; SIZES and ROUNDS change
 * the scale.
 */
const sizes = (process.env.SIZES ?? '10000,100000').split(',').map(Number);
const rounds = Number(process.env.ROUNDS ?? 100);
const perStatement = 1000;

const searches: Readonly<Record<string, string>> = {
  list: '',
  'a common word': 'lamp',
  'two common words': 'lamp ship',
  'a rare word': 'quixotic',
  nowhere: 'zymurgy',
  'a common and one nowhere': 'lamp zymurgy',
  'in the oldest tenth': 'antique',
};

const database = await openTestDatabase({ tenants: sizes.length + 1 });
const places: { size: number; context: TenantContext }[] = [];
for (const size of sizes) places.push({ size, context: await furnished(size) });
await database.admin.query('vacuum analyze');

const rows = [];
for (const [name, query] of Object.entries(searches)) rows.push(await measure(name, query));
say(`Conversations and their search, ms, ${rounds} rounds`, rows);
await database.close();
process.exit(0);

async function furnished(size: number): Promise<TenantContext> {
  const context = await newWorkspace(`bench-${size}`);
  const settings = { name: 'Guide', role: '', instructions: '', model: null, fallbacks: null, tools: [], policies: {} };
  const agent = await createAgent(context, { ...settings, budget: {}, knowledge: 'all', documents: [] });
  for (let at = 0; at < size; at += perStatement) await insertMany(context, agent, { from: at, size });
  return context;
}

/** Some sixty words each; every second speaks of lamps, every third of ships, one in 2,000 is quixotic. */
function textOf(number: number, size: number): string {
  const also = [
    ...(number % 2 === 0 ? ['lamp'] : []),
    ...(number % 3 === 0 ? ['ship'] : []),
    ...(number % 2000 === 7 ? ['quixotic'] : []),
    ...(number < size / 10 ? ['antique'] : []),
  ];
  return `${also.join(' ')} ${makeText(number, 60)}`;
}

/** As answers write them, many with one statement; the first are the oldest. */
async function insertMany(context: TenantContext, agent: string, { from, size }: { from: number; size: number }) {
  const made = await readTenant(context, 'conversations.read', async (db) =>
    Array.from({ length: perStatement }, (_, index) => {
      const id = newId();
      const title = db.seal('conversations.title', id, `Conversation ${from + index}`);
      return { id, title, tags: tagsOf(db, textOf(from + index, size)) };
    }),
  );
  await database.admin.query(
    `insert into ${context.tenant.id}.conversations (id, account_id, agent_id, title, search_tags, updated_at)
     select c.id, $1, $2, c.title, t.tags, now() - make_interval(mins => $3 - c.n::integer)
     from unnest($4::uuid[], $5::bytea[]) with ordinality as c (id, title, n)
     join (
       select id, array_agg(tag) as tags from unnest($6::uuid[], $7::bytea[]) as given (id, tag) group by id
     ) t using (id)`,
    [
      ...[accountOf(context.actor), agent, size - from, made.map(({ id }) => id), made.map(({ title }) => title)],
      made.flatMap(({ id, tags }) => tags.map(() => id)),
      made.flatMap(({ tags }) => tags),
    ],
  );
}

async function measure(name: string, query: string) {
  const times = places.map((): number[] => []);
  for (let round = -10; round < rounds; round += 1) {
    for (const [index, { context }] of places.entries()) {
      const started = performance.now();
      await readTenant(context, 'conversations.read', (db) =>
        listConversations(db, accountOf(context.actor) ?? '', { words: tagsToFind(db, query), limit: 31 }),
      );
      if (round >= 0) times[index]?.push(performance.now() - started);
    }
  }
  const [first = [], ...others] = times;
  return {
    search: name,
    ...Object.fromEntries(
      times.flatMap((each, index) => [
        [`p50 of ${sizes[index]}`, rounded(median(each), 1)],
        [`p95 of ${sizes[index]}`, rounded(percentile(each, 0.95), 1)],
      ]),
    ),
    'p50 over that of the fewest': rounded(median(others.at(-1) ?? first) / median(first)),
  };
}
