import { config } from '../../config.js';
import { shared } from '../../database/shared.js';
import { page } from '../../http/page.js';
import { feature } from '../../http/route.js';
import { account, tenantContext } from '../../http/signed-in.js';
import { bytes } from '../../http/wording.js';
import { may } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { acceptedExtensions } from '../knowledge/extraction/media-types.js';
import { readerOf } from '../knowledge/search/search.js';
import { countMembers, listRecentConversations, readStanding } from './queries.js';

export const dashboard = feature('/w/:workspace');

dashboard.get('/', 'workspace.read', async (_request, response) => {
  const context = tenantContext(response);
  const me = account(response).id;
  const [standing, recentConversations, members] = await readTenant(context, 'workspace.read', (db) =>
    Promise.all([
      readStanding(db, { ...readerOf(context), accountId: me, readsAudit: may(context.actor, 'audit.read') }),
      listRecentConversations(db, me),
      countMembers(shared(), context.tenant.id),
    ]),
  );
  const { documents, conversations, agents, opened } = standing;
  const maxBytes = config().UPLOAD_MAX_MB;
  await page(response, 'dashboard/show', {
    styles: ['dashboard', 'guide', 'upload'],
    title: context.tenant.name,
    steps: { document: documents > 0, question: conversations > 0, activity: opened, members: members > 1 },
    counts: { documents, conversations, agents, members },
    recentConversations,
    upload: {
      action: `/w/${context.tenant.slug}/knowledge`,
      accept: acceptedExtensions.map((extension) => `.${extension.replace(/^\./, '')}`).join(','),
      maxBytes,
      help: `PDF, Office, EPUB, HTML, Markdown, CSV or text, up to ${bytes(maxBytes)} each.`,
    },
  });
});
