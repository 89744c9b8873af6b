import { UpstreamFailed } from '../../../errors.js';
import type { Embedder, EmbedText } from './embedder.js';
import { normalised } from './vectors.js';

/** Sends texts to a provider and answers one vector each, in their order. */
export type EmbedTexts = (texts: readonly string[]) => Promise<readonly ArrayLike<number>[]>;

/** Texts of one request. Providers take from 96 to 2,048; chunks are about 300 tokens. */
const slice = 64;

/**
 * A provider's model, which takes a whole chunk with its prefix. One word is embedded at once to learn the model's
 * dimensions. Every text leaves this installation: whoever wires this makes it a choice of the workspace.
 */
export async function providerEmbedder(embedTexts: EmbedTexts, modelName: string): Promise<Embedder> {
  const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
    const vectors = await embedTexts(texts);
    if (vectors.length !== texts.length) {
      throw new UpstreamFailed(`The provider answered ${vectors.length} vectors to ${texts.length} texts`);
    }
    return vectors.map((vector) => normalised(Float32Array.from(vector)));
  };
  const dimensions = (await embedOne(embed, 'dimensions')).length;
  const sameLength = (vectors: Float32Array[]): Float32Array[] => {
    if (vectors.some((vector) => vector.length !== dimensions)) {
      throw new UpstreamFailed(`The provider changed the dimensions of ${modelName}`);
    }
    return vectors;
  };
  return {
    id: `provider/${modelName}/${dimensions}`,
    dimensions,
    async embedPassages(texts) {
      const vectors: Float32Array[] = [];
      for (let first = 0; first < texts.length; first += slice) {
        vectors.push(...sameLength(await embed(texts.slice(first, first + slice).map(whole))));
      }
      return vectors;
    },
    embedQuery: (text) => embedOne(async (texts) => sameLength(await embed(texts)), text),
    close: async () => undefined,
  };
}

const whole = ({ prefix, text }: EmbedText): string => (prefix === '' ? text : `${prefix}\n\n${text}`);

async function embedOne(embed: (texts: readonly string[]) => Promise<Float32Array[]>, text: string) {
  const [vector] = await embed([text]);
  if (!vector || vector.length === 0) throw new UpstreamFailed('The provider answered no vector');
  return vector;
}
