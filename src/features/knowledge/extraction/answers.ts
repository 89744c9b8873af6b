import type { Limits } from './limits.js';
import { Answer } from './protocol.js';
import { charactersOf, type ExtractedDocument, type Progress, type Section } from './section.js';

export type Outcome =
  | { readonly kind: 'read'; readonly document: ExtractedDocument }
  /** The file cannot be taken, and the message says why. */
  | { readonly kind: 'refused'; readonly message: string }
  /** A parser gave up, or what came back was no answer. */
  | { readonly kind: 'failed' };

/** Beyond this a line is no answer: the child sends about 65,000 characters at a time. */
const longestLine = 4_000_000;

/** Puts a document together from the child's lines, none of them trusted. Returns an outcome once there is one. */
export function makeAnswerReader(limits: Limits, onProgress: (progress: Progress) => void) {
  const sections: Section[] = [];
  let [waiting, characters] = ['', 0];

  const take = (line: string): Outcome | undefined => {
    const answer = parsed(line);
    if (!answer || answer.kind === 'failed') return { kind: 'failed' };
    if (answer.kind === 'refused') return answer;
    if (answer.kind === 'progress') onProgress({ done: answer.done, total: answer.total });
    if (answer.kind === 'sections') {
      sections.push(...answer.sections);
      characters += answer.sections.reduce((sum, section) => sum + charactersOf(section), 0);
      if (characters > limits.characters || sections.length > limits.sections) return { kind: 'failed' };
    }
    if (answer.kind !== 'done') return undefined;
    const { kind: _, ...about } = answer;
    return sections.length === 0 ? { kind: 'failed' } : { kind: 'read', document: { ...about, sections } };
  };
  return (chunk: string): Outcome | undefined => {
    const lines = chunk.split('\n');
    for (const [index, piece] of lines.entries()) {
      waiting += piece;
      if (waiting.length > longestLine) return { kind: 'failed' };
      if (index === lines.length - 1) return undefined;
      const outcome = take(waiting);
      waiting = '';
      if (outcome) return outcome;
    }
    return undefined;
  };
}

function parsed(line: string): Answer | undefined {
  try {
    return Answer.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
