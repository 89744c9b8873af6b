import { mkdirSync } from 'node:fs';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import multer from 'multer';
import { config, varPath } from '../../config.js';
import { newId } from '../../database/id.js';

const mostFiles = 20;

/** The private folder (mode 0700) in which an upload lies only while it is read. */
function folder(): string {
  const path = varPath('uploads');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** Takes the files of a form to the private folder, each under a random name. */
export function takeFiles() {
  const storage = multer.diskStorage({
    destination: (_request, _file, done) => done(null, folder()),
    filename: (_request, _file, done) => done(null, `${newId()}.arriving`),
  });
  const limits = {
    fileSize: config().UPLOAD_MAX_MB,
    files: mostFiles,
    fields: 10,
    parts: mostFiles + 10,
    fieldSize: 10_000,
  };
  return multer({ storage, limits, defParamCharset: 'utf8' }).array('files', mostFiles);
}

/** From here on the file's name says whose it is, so that a start after a crash can tell its document. */
export async function nameUpload(path: string, tenantId: string, documentId: string): Promise<string> {
  const named = join(folder(), `${tenantId}.${documentId}.upload`);
  await rename(path, named);
  return named;
}

export async function writeUpload(content: Buffer, tenantId: string, documentId: string): Promise<string> {
  const path = join(folder(), `${tenantId}.${documentId}.upload`);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

export async function discardUpload(path: string): Promise<void> {
  await rm(path, { force: true });
}

export interface Orphan {
  readonly tenantId: string;
  readonly documentId: string;
}

/** Deletes everything that an earlier process left, and answers which documents it was reading (KB-3). */
export async function sweepUploads(): Promise<Orphan[]> {
  const names = await readdir(folder());
  await Promise.all(names.map((name) => rm(join(folder(), name), { force: true })));
  return names.flatMap((name) => {
    const [, tenantId, documentId] = /^(tenant_[a-z0-9]{16})\.([0-9a-f-]{36})\.upload$/.exec(name) ?? [];
    return tenantId && documentId ? [{ tenantId, documentId }] : [];
  });
}
