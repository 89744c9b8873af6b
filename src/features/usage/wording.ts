import { moneyWords } from './money.js';
import { type Standing, workspaceHolder } from './usage.js';

const numbers = new Intl.NumberFormat('en');

export const tokenWords = (count: number): string => `${numbers.format(count)} ${count === 1 ? 'token' : 'tokens'}`;

/** The day on which a month begins, for people anywhere. */
export const dayWords = (at: Date, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: zone }).format(at);

export interface Refused {
  readonly standing: Standing;
  /** Whether the limit is the operator's, who alone can raise it. */
  readonly operators: boolean;
  readonly renews: string;
  /** The model, when it has no price and the limit is one of money. */
  readonly priceless?: string | undefined;
}

/** What ran out, when there is more, and whom to ask (AG-3). */
export function refusalWords({ standing, operators, renews, priceless }: Refused): string {
  const whose = standing.holder === workspaceHolder ? 'This workspace has' : 'You have';
  const whom = operators ? 'whoever runs this installation' : 'an admin of this workspace';
  if (priceless) {
    return `${whose} a limit of money for models, and ${priceless} has no price here. Choose another model, or ask whoever runs this installation to set one.`;
  }
  return `${whose} used what a month allows: what is left of ${limitWords(standing)} is not enough for this answer. There is more on ${renews}. For more before that, ask ${whom}.`;
}

export function limitWords({ mostTokens, mostMicros }: Pick<Standing, 'mostTokens' | 'mostMicros'>): string {
  const parts = [
    ...(mostTokens === null ? [] : [tokenWords(mostTokens)]),
    ...(mostMicros === null ? [] : [moneyWords(mostMicros)]),
  ];
  return parts.join(' and ');
}
