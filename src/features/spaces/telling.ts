import type { TenantDatabase } from '../../database/database.js';
import { tellChange } from '../notifications/changes/queries.js';
import { listPeople } from './queries.js';
import type { Space } from './space.js';

/**
 * So that open lists of spaces, their pages and people look again: of a private one those of the people in it, and nobody
 * else's. Call it after somebody was let in, and before somebody is taken out or the space is gone.
 */
export async function tellSpace(db: TenantDatabase, { id, kind }: Pick<Space, 'id' | 'kind'>): Promise<void> {
  const people = kind === 'private' ? await listPeople(db, id) : undefined;
  await tellChange(db, { kind: 'space', id, to: people?.map(({ accountId }) => accountId) });
}
