import { z } from 'zod';

/** Longer questions are documents: they belong into the knowledge. In UTF-16 units, as a form's maxlength counts. */
export const mostCharacters = 32_000;

const text = z
  .string('Write a question.')
  .transform((given) => given.replace(/\r\n?/g, '\n').trim())
  .pipe(
    z
      .string()
      .min(1, 'Write a question.')
      .max(
        mostCharacters,
        'This is longer than 32,000 characters. Shorten it, or add the text under Knowledge and ask about it.',
      ),
  );

export const Question = z.object({ text });
/** `after`: the end of the branch that the person looks at. */
export const NextQuestion = Question.extend({ after: z.uuid().optional().catch(undefined) });
export const FirstQuestion = z.object({ agent: z.uuid('Choose an agent.'), text });
export const TitleDraft = z.object({
  title: z
    .string()
    .trim()
    .min(1, 'Give it a title.')
    .max(120, 'Use at most 120 characters.')
    .regex(/^[^\p{Cc}]*$/u, 'Leave out control characters.'),
});

export interface Conversation {
  readonly id: string;
  readonly title: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly agentArchived: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A conversation is found by its id and by whose it is, never by its id alone (IS-5). */
export interface Owned {
  readonly accountId: string;
  readonly id: string;
}

const titleLength = 70;

/** The first line of the first question, cut at a word: no model is asked for it. */
export function titleFrom(question: string): string {
  const line = question.replace(/\s+/gu, ' ').trim();
  const characters = [...line];
  if (characters.length <= titleLength) return line;
  const cut = characters.slice(0, titleLength).join('');
  const atWord = cut.lastIndexOf(' ');
  return `${atWord > titleLength / 2 ? cut.slice(0, atWord) : cut}…`;
}
