import { config } from '../../../config.js';
import { embeddingModel, embedTexts } from '../../../llm/embeddings.js';
import type { Meter } from '../../../llm/meter.js';
import { log } from '../../../log.js';
import { type Embedder, offlineEmbedder } from '../retrieval/embedder.js';
import { providerEmbedder } from '../retrieval/provider-embedder.js';

let current: Promise<Embedder | undefined> | undefined;

/** The embedder that the operator chose, or undefined: then search is by words alone. Made once, when first needed. */
export function embedder(meter: Meter): Promise<Embedder | undefined> {
  current ??= make(meter).catch((error: unknown) => {
    current = undefined;
    throw error;
  });
  return current;
}

async function make(meter: Meter): Promise<Embedder | undefined> {
  const { EMBEDDER } = config();
  if (EMBEDDER === 'off') return undefined;
  const model = embeddingModel();
  if (EMBEDDER === 'provider') {
    if (!model) throw new Error('EMBEDDER=provider needs EMBEDDING_BASE_URL and EMBEDDING_MODEL');
    return providerEmbedder(embedTexts, { modelName: model, meter });
  }
  const { embedder: offline, reason } = await offlineEmbedder();
  if (!offline) log().warn({ reason }, 'no offline embedder on this machine: search is by words alone');
  return offline;
}

export async function closeEmbedder(): Promise<void> {
  const closing = current;
  current = undefined;
  await (await closing?.catch(() => undefined))?.close();
}
