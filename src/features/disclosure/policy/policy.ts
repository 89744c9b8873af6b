import { z } from 'zod';

const longest = 5000;
const text = z
  .string()
  .trim()
  .normalize('NFC')
  .max(longest, `Use at most ${longest.toLocaleString('en')} characters.`)
  .regex(/^(?:[^\p{Cc}\u202a-\u202e\u2066-\u2069]|[\r\n\t])*$/u, 'Leave out control characters.')
  .transform((words) => words.replaceAll('\r\n', '\n'));

/** What everybody is told who looks for problems here. */
export const Policy = z.object({ scope: text, safeHarbour: text, contact: text, businessDays: z.boolean() });
export type Policy = z.infer<typeof Policy>;

export const defaultPolicy: Policy = {
  scope:
    'Everything that this installation serves at this address. Not in scope: floods of requests, social engineering, and what belongs to others.',
  safeHarbour:
    'Whoever looks for problems in good faith, uses only accounts of their own, stops at the first sight of somebody else’s data and gives us time to mend it is welcome. We take no legal step against them and say so if somebody else asks.',
  contact: '',
  businessDays: false,
};

/** A text's paragraphs, for a page. */
export function paragraphs(words: string): string[] {
  return words.split(/\n{2,}/).filter((part) => part.trim() !== '');
}
