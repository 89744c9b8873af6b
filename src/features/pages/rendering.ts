import { renderWithPages } from '../../http/markdown.js';
import { titlesIn } from '../../http/page-links.js';
import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { mentionsOf } from '../notifications/mentions.js';
import { viewerOf } from '../spaces/viewer.js';
import { findByTitles } from './queries.js';

/** A page's text as HTML that can be shown, with the people whom it names and links to the pages that its reader may see. */
export async function renderPage(context: TenantContext, body: string, spaceId: string): Promise<string> {
  const [mentions, pages] = await Promise.all([mentionsOf(context, [body]), linksIn(context, body, spaceId)]);
  return renderWithPages(body, { mentions, pages });
}

async function linksIn(context: TenantContext, body: string, spaceId: string): Promise<Map<string, string>> {
  const titles = titlesIn(body);
  if (titles.length === 0) return new Map();
  const found = await readTenant(context, 'pages.read', (db) =>
    findByTitles(db, viewerOf(context), { titles, spaceId }),
  );
  return new Map([...found].map(([title, id]) => [title, `/w/${context.tenant.slug}/pages/${id}`]));
}
