import { config } from '../../../config.js';

const megabyte = 1024 * 1024;

/** Everything that bounds the reading of one file (KB-5). The child keeps them; the parent enforces those that a child could ignore. */
export interface Limits {
  /** Size of the file. */
  readonly bytes: number;
  readonly pages: number;
  /** Characters of text taken out of one file. */
  readonly characters: number;
  readonly sections: number;
  /** Files inside one Office or EPUB container. */
  readonly entries: number;
  /** All of a container's files together, unpacked. */
  readonly unpackedBytes: number;
  /** Unpacked to packed size, once more than `ratioFloorBytes` are unpacked: small files of spaces are harmless. */
  readonly ratio: number;
  readonly ratioFloorBytes: number;
  /** Computing time for one file (see reader-watch.ts); with many pages it is `secondsPerPage` each, up to `mostSeconds`. */
  readonly seconds: number;
  readonly secondsPerPage: number;
  readonly mostSeconds: number;
  /** The same without any progress. */
  readonly silentSeconds: number;
  /** Resident memory of the child, watched by the parent where /proc exists. */
  readonly memoryBytes: number;
}

export function defaultLimits(): Limits {
  return {
    bytes: config().UPLOAD_MAX_MB,
    pages: 5_000,
    characters: 20_000_000,
    sections: 200_000,
    entries: 10_000,
    unpackedBytes: 200 * megabyte,
    ratio: 100,
    ratioFloorBytes: 10 * megabyte,
    seconds: 60,
    secondsPerPage: 0.03,
    mostSeconds: 120,
    silentSeconds: 10,
    memoryBytes: 512 * megabyte,
  };
}

/** How the children are kept. */
export const children = {
  atOnce: 2,
  heapMegabytes: 384,
  /** Computing time after which the system ends a child whose parent did not: more than the parent ever allows. */
  secondsEach: 240,
  /**
   * A child is kept for the next file of the same workspace until one of these is reached, or anything goes wrong. Each
   * file wears it by the size of the code that read it: 200 plain texts, or 10 PDFs or Office files.
   */
  wearEach: 200,
  retireAfterSeconds: 60,
  retireAboveBytes: 128 * megabyte,
  idleSeconds: 30,
} as const;
