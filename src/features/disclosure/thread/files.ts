import { shared } from '../../../database/shared.js';
import type { Report } from '../report.js';
import { openFile } from '../sealing.js';
import { listFiles } from './queries.js';

export interface ListedFile {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
}

/** What they call themselves; nobody has looked into them. */
export async function listFilesOf({ id: reportId }: Report): Promise<ListedFile[]> {
  return (await listFiles(shared(), reportId)).map((file) => {
    const { name, mediaType } = openFile(file);
    return { id: file.id, bytes: file.bytes, name, mediaType };
  });
}
