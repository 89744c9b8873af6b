/** For so long the file can be fetched; then it is deleted. */
export const hoursKept = 24;
/** How many bytes of the file lie in one row: an upload of any size never lies in memory. */
export const partBytes = 256 * 1024;

export const statuses = ['waiting', 'running', 'done', 'failed'] as const;

/** The workspace as one file, made for one owner. */
export interface WorkspaceExport {
  readonly id: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly status: (typeof statuses)[number];
  /** What is being written, while it is. */
  readonly step: string | null;
  readonly byteSize: number | null;
  /** SHA-256 of the whole file. */
  readonly digest: Buffer | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly expiresAt: Date;
}

/** A name that every file system takes: its letters and digits, and enough of the id that no two are one. */
export function fileName(title: string, id: string, ending: string): string {
  const plain = title
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${plain || 'untitled'}-${id.slice(-8)}.${ending}`;
}
