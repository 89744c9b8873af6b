import { varPath } from '../../../config.js';
import { UpstreamFailed } from '../../../errors.js';
import type { Meter } from '../../../llm/meter.js';
import { embedderProcess } from './embedder-process.js';
import { dimensions } from './model/use-lite.js';
import type { EmbedText } from './model/use-lite-session.js';

export type { EmbedText } from './model/use-lite-session.js';

/** Turns text to vectors of length one. */
export interface Embedder {
  /** Names model and method: vectors of different ids must never meet. */
  readonly id: string;
  readonly dimensions: number;
  /**
   * One vector a passage. Throws UpstreamFailed when the embedder is away, TooManyRequests when too much waits, and what
   * the meter throws.
   */
  embedPassages(texts: readonly EmbedText[], meter: Meter): Promise<Float32Array[]>;
  embedQuery(text: string, meter: Meter): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Costs nobody anything, so nothing is counted. */
export interface OfflineEmbedder extends Embedder {
  embedPassages(texts: readonly EmbedText[]): Promise<Float32Array[]>;
  embedQuery(text: string): Promise<Float32Array>;
  /** Of the process that computes, while it runs. */
  pid(): number | undefined;
}

export interface OfflineOptions {
  /** Where the converted model is kept. */
  readonly folder?: string;
  readonly idleMs?: number;
}

export type OfflineAnswer =
  | { readonly embedder: OfflineEmbedder; readonly reason?: undefined }
  /** For the log: it names files of this machine. */
  | { readonly embedder?: undefined; readonly reason: string };

/** Passages of one request to the child: small, so that little is lost with it, and questions wait little. */
const slice = 16;
const fiveMinutes = 5 * 60_000;
/** Characters of a question that are read: a page and a half. Somebody waits, and others behind. */
const longestQuestion = 4000;

/**
 * Universal Sentence Encoder lite in a child process, which this starts once to see whether it works here (the first
 * time on a machine it also converts the model). Without it there is a reason, and search is by words only.
 */
export async function offlineEmbedder(options: OfflineOptions = {}): Promise<OfflineAnswer> {
  const child = embedderProcess({
    folder: options.folder ?? varPath('models'),
    idleMs: options.idleMs ?? fiveMinutes,
  });
  try {
    await child.ask([{ prefix: '', text: 'ready' }], true);
  } catch (error) {
    await child.close();
    if (error instanceof UpstreamFailed) return { reason: `${error.message} ${error.cause ?? ''}`.trim() };
    throw error;
  }
  const embedPassages = async (texts: readonly EmbedText[]): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = [];
    // Two slices on the way keep the child busy while the next is sent.
    let ahead: Promise<Float32Array> | undefined;
    for (let first = 0; first < texts.length || ahead; first += slice) {
      const next = first < texts.length ? child.ask(texts.slice(first, first + slice), false) : undefined;
      next?.catch(() => undefined);
      if (ahead) vectors.push(...rows(await ahead));
      ahead = next;
    }
    return vectors;
  };
  const embedQuery = (text: string): Promise<Float32Array> =>
    child.ask([{ prefix: '', text: text.slice(0, longestQuestion) }], true);
  const embedder = { id: 'use-lite-int8/1', dimensions, embedPassages, embedQuery, close: child.close, pid: child.pid };
  return { embedder };
}

function rows(vectors: Float32Array): Float32Array[] {
  return Array.from({ length: vectors.length / dimensions }, (_, i) =>
    vectors.slice(i * dimensions, (i + 1) * dimensions),
  );
}
