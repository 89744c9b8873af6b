import { z } from 'zod';
import { NotFound } from '../../errors.js';
import { page } from '../../http/page.js';
import { feature } from '../../http/route.js';
import { facts } from './facts.js';
import { findGuide, guidesByReader, neighboursOf } from './guides.js';
import { readGuides } from './rendering.js';
import { searchGuides } from './search.js';

export const docs = feature('/docs');

const Search = z.object({ q: z.string().trim().max(100).catch('') });

docs.get('/', 'public', async (request, response) => {
  const { q } = Search.parse(request.query);
  const found = q === '' ? [] : searchGuides(await readGuides(), q);
  const { version } = facts().product;
  await page(response, 'docs/index', { title: 'Guides', styles: ['docs'], q, found, groups: guidesByReader, version });
});

docs.get('/:guide', 'public', async (request, response) => {
  const guide = findGuide(String(request.params.guide));
  if (!guide) throw new NotFound('There is no such guide.');
  const known = (await readGuides()).find((read) => read.guide === guide);
  const contents = (known?.sections ?? []).filter(({ id, level }) => id !== '' && level === 2);
  await page(response, 'docs/show', {
    ...{ title: guide.title, styles: ['docs'], guide, contents, facts: facts() },
    ...neighboursOf(guide),
  });
});
