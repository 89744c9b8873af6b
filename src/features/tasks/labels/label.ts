import { z } from 'zod';

/** Names of what css/tasks.css draws. A label always has its word, too. */
export const colours = ['grey', 'teal', 'green', 'amber', 'red', 'blue', 'violet'] as const;
export type Colour = (typeof colours)[number];

export interface Label {
  readonly id: string;
  readonly name: string;
  readonly colour: Colour;
}

export const LabelDraft = z.object({
  name: z
    .string('Give it a name.')
    .trim()
    .min(1, 'Give it a name.')
    .max(40, 'Use at most 40 characters.')
    .regex(/^[^\p{Cc}]*$/u, 'Leave out control characters.'),
  colour: z.enum(colours, 'Choose a colour.').default('grey'),
});
export type LabelDraft = z.infer<typeof LabelDraft>;

/** A workspace has no more: a form shows them all. */
export const mostLabels = 100;

/** How two names are compared. */
export const folded = (name: string): string => name.normalize('NFKC').toLocaleLowerCase('en');

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
export const byName = (one: Label, other: Label): number => collator.compare(one.name, other.name);
