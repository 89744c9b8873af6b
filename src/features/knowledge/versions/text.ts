import { Conflict } from '../../../errors.js';
import { enqueueJob } from '../../../jobs/job.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { recordEvent } from '../../../tenancy/events.js';
import { inTenant } from '../../../tenancy/in-tenant.js';
import type { Document, PasteDraft } from '../document.js';
import { beginVersion, getDocument, saveText } from '../queries.js';
import { readerOf } from '../search/search.js';

const whenDone = 'Wait until it is done, then try again.';

/** `seen`: the version that a form showed, where there was one. Throws Conflict when there is a newer one. */
export function checkSeen({ version }: Pick<Document, 'version'>, seen: number | undefined): void {
  if (seen === undefined || seen === version) return;
  throw new Conflict(
    'Somebody replaced this document while you were at it. Look at the newest version, then save again.',
  );
}

export const stillReading = () => new Conflict(`A version is being read. ${whenDone}`);

/** A new version from text: there is nothing to read, so it is searched as soon as it is indexed. */
export function replaceText(
  context: TenantContext,
  id: string,
  { title, text, seen }: PasteDraft & { readonly seen: number | undefined },
): Promise<void> {
  return inTenant(context, 'knowledge.update', async (db) => {
    const document = await getDocument(db, readerOf(context), id);
    checkSeen(document, seen);
    const bytes = Buffer.byteLength(text);
    if ((await beginVersion(db, id, bytes)) === 0) throw stillReading();
    const sections = [{ headings: [], text }];
    await saveText(db, { id, title, mediaType: 'text/plain', pageCount: undefined, text: { sections } });
    await enqueueJob(db, 'knowledge.index', { documentId: id }, { key: `index ${id}` });
    await recordEvent(db, context, {
      category: 'knowledge',
      event: 'document.replaced',
      subject: { kind: 'document', id },
      details: { version: document.version + 1, bytes, source: 'paste' },
    });
  });
}
