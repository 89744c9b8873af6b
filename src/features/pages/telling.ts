import type { TenantDatabase } from '../../database/database.js';
import { tellChange } from '../notifications/changes/queries.js';
import { listPeople } from '../spaces/queries.js';
import type { PageSpace } from './page.js';

/** So that open pages look again: in a private space those of the people in it, and nobody else's. */
export async function tellPage(
  db: TenantDatabase,
  id: string,
  { spaceId, spaceKind }: Pick<PageSpace, 'spaceId' | 'spaceKind'>,
): Promise<void> {
  const people = spaceKind === 'private' ? await listPeople(db, spaceId) : undefined;
  await tellChange(db, { kind: 'page', id, to: people?.map(({ accountId }) => accountId) });
}
