import { z } from 'zod';
import type { ReceivedRequest, Script } from './script.js';

/** What a text may order the model to do; whoever wrote it. */
const Order = z.union([
  z.object({ say: z.string() }),
  z.object({ tool: z.string(), arguments: z.unknown(), times: z.int().optional() }),
]);
export type Order = z.infer<typeof Order>;

/**
 * An order as it lies in a document, a page or a title: plain letters, so that no format changes it. Whatever else its texts
 * hold is written by its number.
 */
export function orderText(order: Order): string {
  const plain = JSON.stringify(order).replace(/"(?:[^"\\]|\\.)*"/g, (literal) => {
    const text = String(JSON.parse(literal));
    const signs = text.split('').map((sign) => (/[\w .,:/?=;'()!@+$%-]/.test(sign) ? sign : escaped(sign)));
    return `"${signs.join('')}"`;
  });
  return `OBEY ${plain} END`;
}

const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Every order in a text, however often the text was packed into JSON on its way. */
export function ordersIn(text: string): Order[] {
  return [...text.matchAll(/OBEY (\{.+?\}) END/gs)].flatMap(([, found = '']) => {
    let packed = found.replace(/\s*\n\s*/g, ' ');
    for (let depth = 0; depth < 4; depth += 1) {
      try {
        const order = Order.safeParse(JSON.parse(packed));
        return order.success ? [order.data] : [];
      } catch {
        packed = unpacked(packed);
      }
    }
    return [];
  });
}

function unpacked(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

const Prompt = z.object({
  messages: z.array(z.looseObject({ role: z.string(), content: z.string().nullable() })),
});
export type PromptMessage = z.infer<typeof Prompt>['messages'][number];

export const promptOf = ({ body }: ReceivedRequest): PromptMessage[] => Prompt.parse(body).messages;

export interface Obedient {
  readonly reply: (request: ReceivedRequest) => Script;
  /** What of a message it takes for instructions: all of it, until a test says otherwise. */
  heeds: (text: string, prompt: readonly PromptMessage[]) => string;
  /** Every order that was obeyed, in its turn. */
  readonly obeyed: Order[];
}

export function obedientModel(): Obedient {
  const obeyed: Order[] = [];
  const model: Obedient = {
    obeyed,
    heeds: (text) => text,
    reply(request) {
      const prompt = promptOf(request);
      const spoken = prompt.findLastIndex(({ role }) => role === 'assistant');
      const news = prompt.slice(spoken + 1).filter(({ role }) => role !== 'system');
      const orders = news.flatMap(({ content }) => ordersIn(model.heeds(content ?? '', prompt)));
      obeyed.push(...orders);
      const said = orders.flatMap((order) => ('say' in order ? [order.say] : []));
      const calls = orders.flatMap((order) =>
        'tool' in order ? Array.from({ length: order.times ?? 1 }, () => order) : [],
      );
      return {
        text: said.join('\n\n') || (calls.length > 0 ? 'As I was told.' : 'Nothing is left to do.'),
        calls: calls.map(({ tool: name, arguments: given }, index) => ({
          ...{ id: `call-${spoken}-${index}`, name },
          arguments: typeof given === 'string' ? given : Object(given),
        })),
      };
    },
  };
  return model;
}
