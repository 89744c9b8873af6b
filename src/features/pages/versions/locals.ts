import { z } from 'zod';
import type { TenantContext } from '../../../tenancy/context.js';
import { readTenant } from '../../../tenancy/in-tenant.js';
import { calledIn } from '../../spaces/people.js';
import { viewerOf } from '../../spaces/viewer.js';
import { byLine } from '../locals.js';
import { sameText } from '../page.js';
import { getPage } from '../queries.js';
import { renderPage } from '../rendering.js';
import { differenceOf } from './difference.js';
import { findVersion, getVersion, listVersions } from './queries.js';

const perPage = 30;
const number = z.coerce.number().int().min(1).max(1_000_000_000).optional().catch(undefined);
const ListQuery = z.object({ before: number });
const ShowQuery = z.object({ with: z.enum(['before', 'newest']).catch('before') });

export async function versionsLocals(context: TenantContext, id: string, query: unknown) {
  const { before } = ListQuery.parse(query ?? {});
  const [page, versions] = await readTenant(context, 'pages.read', async (db) => {
    const page = await getPage(db, viewerOf(context), id);
    return [page, await listVersions(db, id, { before, limit: perPage + 1 })] as const;
  });
  const shown = versions.slice(0, perPage);
  const called = await calledIn(
    context,
    shown.map(({ accountId }) => accountId),
  );
  return {
    title: `History of ${page.title}`,
    styles: ['pages'],
    page,
    versions: shown.map((each) => ({ ...each, by: byLine(called(each.accountId), each.agentName) })),
    next: versions.length > perPage ? `?before=${shown.at(-1)?.version}` : undefined,
    first: before ? '?' : undefined,
  };
}

/** A version: what it said, and what changed by it or since. */
export async function versionLocals(
  context: TenantContext,
  { id, version: wanted }: { id: string; version: number },
  query: unknown,
) {
  const { with: against } = ShowQuery.parse(query ?? {});
  const { page, version, before } = await readTenant(context, 'pages.read', async (db) => {
    const page = await getPage(db, viewerOf(context), id);
    const [version, before] = await Promise.all([getVersion(db, id, wanted), findVersion(db, id, wanted - 1)]);
    return { page, version, before };
  });
  const called = await calledIn(context, [version.accountId]);
  const changes = against === 'newest' ? differenceOf(version, page) : before ? differenceOf(before, version) : [];
  return {
    title: `Version ${wanted} of ${page.title}`,
    styles: ['pages'],
    page,
    version: { ...version, by: byLine(called(version.accountId), version.agentName) },
    html: await renderPage(context, version.body, page.spaceId),
    isNewest: wanted === page.version,
    differsFromNewest: !sameText(version, page),
    against,
    changes,
  };
}
