import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../../src/database/id.js';
import { insertDocument, markFailed, saveText, updateAccess } from '../../../src/features/knowledge/queries.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { type Library, openLibrary, ownersContext, type Reader, type Workspace } from './library.js';

let library: Library;
let acme: Workspace;
let bob: Reader;
const titles: string[] = [];
const many = 1130;

before(async () => {
  library = await openLibrary();
  acme = await library.open('Acme', 'alice');
  bob = await acme.join('bob', 'member');
  const context = await ownersContext(acme);
  await inTenant(context, 'knowledge.create', async (db) => {
    for (let number = 1; number <= many; number += 1) {
      const [id, title] = [newId(), `Document ${(number * 617) % many}`];
      titles.push(title);
      await insertDocument(db, {
        id,
        title,
        source: 'paste',
        byteSize: number * 10,
        mediaType: 'text/plain',
        createdBy: null,
      });
      if (number === 5) await markFailed(db, id, { failure: 'It was no text.', stages: ['reading'] });
      else if (number !== 7) {
        await saveText(db, { id, title, mediaType: 'text/plain', pageCount: undefined, text: { sections: [] } });
      }
      if (number === 9) await updateAccess(db, id, { roles: [], agents: null, seen: 1 });
    }
  });
  await library.server.database.admin.query(
    `update ${acme.tenantId}.documents set stage = 'done' where stage = 'chunking'`,
  );
});
after(() => library?.close());

interface Page {
  readonly titles: string[];
  readonly newer: string | undefined;
  readonly older: string | undefined;
  readonly text: string;
}

async function list(address = acme.home, { person }: Reader = acme.owner): Promise<Page> {
  const { text, status } = await person.get(address);
  assert.equal(status, 200);
  const href = (rel: string) => new RegExp(`href="([^"]+)" rel="${rel}"`).exec(text)?.[1]?.replaceAll('&amp;', '&');
  const table = /<tbody>([\s\S]*?)<\/tbody>/.exec(text)?.[1] ?? '';
  return {
    titles: [...table.matchAll(/<bdi>([^<]*)<\/bdi><\/a>/g)].map(([, title = '']) => title),
    newer: href('prev'),
    older: href('next'),
    text,
  };
}

/** Every title, page after page, then back to the first page. */
async function walk(address: string, reader = acme.owner): Promise<string[]> {
  const first = await list(address, reader);
  const seen = [...first.titles];
  let page = first;
  for (let turned = 1; page.older; turned += 1) {
    const next = await list(page.older, reader);
    assert.ok(next.newer, 'every page but the first leads back');
    if (turned < 3) assert.deepEqual((await list(next.newer, reader)).titles, page.titles);
    page = next;
    seen.push(...page.titles);
  }
  return seen;
}

test('the list comes in pages, newest first, and each leads to the one before and behind it', async () => {
  const newest = [...titles].reverse();
  assert.deepEqual(await walk(acme.home), newest);
  assert.equal((await list()).titles.length, 50);
});

test('it can be sorted by titles, although these are sealed, and by size', async () => {
  const byTitle = titles.toSorted((one, other) => Number(one.slice(9)) - Number(other.slice(9)));
  assert.deepEqual(await walk(`${acme.home}?sort=title`), byTitle);
  const largest = (await list(`${acme.home}?sort=largest`)).titles;
  assert.deepEqual(largest, [...titles].reverse().slice(0, 50));
});

test('titles are searched whatever the case, and the search stays on the next page', async () => {
  const matching = [...titles].reverse().filter((title) => title.includes('10'));
  assert.ok(matching.length > 50);
  const repeated = await list(`${acme.home}?q=10&q=11`);
  assert.deepEqual(repeated.titles, [...titles].reverse().slice(0, 50), 'a repeated query is none');
  assert.deepEqual(await walk(`${acme.home}?q=10`), matching);
  assert.equal((await list(`${acme.home}?q=${encodeURIComponent('ｄOCUMENT 1129')}`)).titles.length, 1);
  assert.match((await list(`${acme.home}?q=nowhere`)).text, /Nothing matches/);
});

test('what failed says why, what moves is shown on every page, and states can be asked for', async () => {
  const failed = await list(`${acme.home}?state=failed`);
  assert.deepEqual(failed.titles, [titles[4]]);
  assert.match(failed.text, /It was no text\./);
  const second = await list((await list()).older);
  assert.match(second.text, /data-stage="reading"/);
  assert.match(second.text, /1 document could not be added/);
  assert.deepEqual((await list(`${acme.home}?state=working`)).titles, [titles[6]]);
});

test('a member does not meet what is not for members, on any page and in any order', async () => {
  for (const query of ['', '?sort=title']) {
    const seen = await walk(`${acme.home}${query}`, bob);
    assert.equal(seen.length, many - 1);
    assert.ok(!seen.includes(titles[8] ?? ''));
  }
  assert.match((await list(acme.home, bob)).text, /1,129 documents/);
});

test('a place that is none, or is gone, is the first page', async () => {
  const gone = '0190a000-0000-7000-8000-000000000000';
  assert.equal((await list(`${acme.home}?before=x&state=y&sort=z`)).titles.length, 50);
  assert.equal((await list(`${acme.home}?sort=title&before=${gone}`)).titles[0], 'Document 0');
  assert.match((await list(`${acme.home}?before=${gone}`)).text, /Nothing on this page/);
});
