import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { Conflict, Failure, NotFound } from '../../../errors.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant, readTenant } from '../../../tenancy/in-tenant.js';
import type { Arrived } from '../../knowledge/arrivals.js';
import { cleanFileName } from '../../knowledge/extraction/file-name.js';
import { discardUpload } from '../../knowledge/uploads.js';
import { ownedBy } from '../actions.js';
import type { Owned } from '../conversation.js';
import { getConversation, insertConversation } from '../queries.js';
import { countFiles, deleteFile, insertFile, type NewFile } from './queries.js';
import { fileLimits, readFile } from './reading.js';

const full = `A conversation takes ${fileLimits.files} files. Remove one first, or add them under Knowledge.`;

interface Attaching {
  readonly file: Arrived;
  /** Aborted when whoever waits for it has left. */
  readonly signal: AbortSignal;
}

/** Reads a file for this conversation alone. Whatever happens, the file is gone when this resolves (KB-3). */
export async function attachFile(context: TenantContext, id: string, attaching: Attaching): Promise<void> {
  const owned = ownedBy(context, id);
  await kept(context, owned, { ...attaching, before: (db) => roomIn(db, owned) });
}

/** The same for a conversation that begins with it. Answers its id. */
export async function startWithFile(context: TenantContext, agentId: string, attaching: Attaching): Promise<string> {
  const owned = ownedBy(context, newId());
  const title = cleanFileName(attaching.file.name);
  await kept(context, owned, {
    ...attaching,
    before: async () => {},
    within: async (db) => {
      if ((await insertConversation(db, owned, { agentId, title })) === 0)
        throw new NotFound('There is no such agent.');
    },
  });
  return owned.id;
}

async function roomIn(db: TenantDatabase, owned: Owned): Promise<void> {
  await getConversation(db, owned);
  if ((await countFiles(db, owned)) >= fileLimits.files) throw new Conflict(full);
}

interface Keeping extends Attaching {
  before(db: TenantDatabase): Promise<void>;
  within?(db: TenantDatabase): Promise<void>;
}

async function kept(context: TenantContext, owned: Owned, keeping: Keeping): Promise<void> {
  const { path, size } = keeping.file;
  const subject = { kind: 'conversation', id: owned.id };
  const facts = { category: 'conversation', event: 'conversation.file-attached', subject } as const;
  try {
    const read = await readTenant(context, 'conversations.update', async (db): Promise<NewFile> => {
      await keeping.before(db);
      const fileName = cleanFileName(keeping.file.name);
      return readFile(db, { path, fileName, scope: context.tenant.id, size, signal: keeping.signal });
    });
    await discardUpload(path);
    await inTenant(context, 'conversations.update', async (db) => {
      await keeping.within?.(db);
      if ((await insertFile(db, owned, read, fileLimits.files)) === 0) throw new Conflict(full);
      const details = { bytes: size, pages: read.pageCount, passages: read.chunks.length, uploadDeleted: true };
      await recordEvent(db, context, { ...facts, details });
    });
  } catch (error) {
    await discardUpload(path);
    const was = { bytes: size, uploadDeleted: true };
    if (error instanceof Failure && !(error instanceof NotFound)) {
      await inTenant(context, 'conversations.update', (db) =>
        recordEvent(db, context, { ...facts, outcome: 'failed', details: was }),
      );
    }
    throw error;
  }
}

export function removeFile(context: TenantContext, id: string, fileId: string): Promise<void> {
  return inTenant(context, 'conversations.update', async (db) => {
    if ((await deleteFile(db, ownedBy(context, id), fileId)) === 0)
      throw new NotFound('There is nothing at this address.');
    const subject = { kind: 'conversation', id };
    await recordEvent(db, context, { category: 'conversation', event: 'conversation.file-removed', subject });
  });
}
