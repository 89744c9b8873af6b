import { UpstreamFailed } from '../../../errors.js';
import type { Meter } from '../../../llm/meter.js';
import type { Embedder, EmbedText } from './embedder.js';
import { normalised } from './vectors.js';

/** Sends texts to a provider and answers one vector each, in their order. */
export type EmbedTexts = (texts: readonly string[], meter: Meter) => Promise<readonly ArrayLike<number>[]>;

/** Texts of one request. Providers take from 96 to 2,048; chunks are about 300 tokens. */
const slice = 64;

/**
 * A provider's model, which takes a whole chunk with its prefix. One word is embedded at once to learn the model's
 * dimensions, on the account of whoever needs it first. Every text leaves this installation: whoever wires this makes
 * it a choice of the workspace.
 */
export async function providerEmbedder(
  embedTexts: EmbedTexts,
  { modelName, meter: first }: { modelName: string; meter: Meter },
): Promise<Embedder> {
  const embed = async (texts: readonly string[], meter: Meter): Promise<Float32Array[]> => {
    const vectors = await embedTexts(texts, meter);
    if (vectors.length !== texts.length) {
      throw new UpstreamFailed(`The provider answered ${vectors.length} vectors to ${texts.length} texts`);
    }
    return vectors.map((vector) => normalised(Float32Array.from(vector)));
  };
  const dimensions = one(await embed(['dimensions'], first)).length;
  const sameLength = (vectors: Float32Array[]): Float32Array[] => {
    if (vectors.some((vector) => vector.length !== dimensions)) {
      throw new UpstreamFailed(`The provider changed the dimensions of ${modelName}`);
    }
    return vectors;
  };
  return {
    id: `provider/${modelName}/${dimensions}`,
    dimensions,
    async embedPassages(texts, meter) {
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += slice) {
        vectors.push(...sameLength(await embed(texts.slice(from, from + slice).map(whole), meter)));
      }
      return vectors;
    },
    embedQuery: async (text, meter) => one(sameLength(await embed([text], meter))),
    close: async () => undefined,
  };
}

const whole = ({ prefix, text }: EmbedText): string => (prefix === '' ? text : `${prefix}\n\n${text}`);

function one([vector]: readonly Float32Array[]): Float32Array {
  if (!vector || vector.length === 0) throw new UpstreamFailed('The provider answered no vector');
  return vector;
}
