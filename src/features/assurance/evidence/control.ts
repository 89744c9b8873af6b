/** Where a control of a standard stands: what this product shows of it at this moment. Never that somebody complies. */
export const controlStates = ['shown', 'partly', 'not-shown', 'not-kept', 'does-not-apply'] as const;
export type ControlState = (typeof controlStates)[number];

export const stateWords: Readonly<Record<ControlState, string>> = {
  shown: 'Shown',
  partly: 'Partly shown',
  'not-shown': 'Not shown by this product',
  'not-kept': 'Not kept now',
  'does-not-apply': 'Does not apply',
};

export interface Control {
  readonly id: string;
  /** What it asks for, in words of ours; the standard's own text is what counts. */
  readonly words: string;
  /** `~`: what is named shows a part of it. `-`: there is nothing in the product that it is about. */
  readonly mark: '' | '~' | '-';
  /** Names of evidence: `c:` a claim, `f:` a fact of now, `t:` a test, `g:` a guide. */
  readonly evidence: readonly string[];
  /** What it takes to be shown whole, or why it is not shown at all. */
  readonly lacks?: string;
}

export interface Framework {
  readonly id: string;
  readonly name: string;
  /** Which edition, and what of it is in the list. */
  readonly scope: string;
  readonly controls: readonly Control[];
}

/** `CC6.1 | Who may reach what is limited | ~ c:workspaces-apart t:routes | What it lacks`. Throws for a line that is none. */
export function controlsIn(text: string): Control[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const [id, words, rest = '', lacks] = line.split('|').map((part) => part.trim());
      if (!id || !words) throw new Error(`Not a control: ${line}`);
      const [first = '', ...more] = rest.split(' ').filter(Boolean);
      const mark = first === '~' || first === '-' ? first : '';
      const evidence = mark === '' ? [first, ...more].filter(Boolean) : more;
      return { id, words, mark, evidence, ...(lacks ? { lacks } : {}) };
    });
}

export interface Evidence {
  readonly kind: 'claim' | 'fact' | 'test' | 'guide';
  readonly text: string;
  /** `unsure` is a part, or what was not checked lately. */
  readonly standing: 'good' | 'unsure' | 'bad';
  readonly href?: string;
}

/**
 * One piece that does not hold is what is told of the whole. What nobody looks at now, a test or a guide that has a name,
 * shows a part at most.
 */
export function stateOfControl({ mark }: Pick<Control, 'mark'>, evidence: readonly Evidence[]): ControlState {
  if (mark === '-') return 'does-not-apply';
  if (evidence.length === 0) return 'not-shown';
  if (evidence.some(({ standing }) => standing === 'bad')) return 'not-kept';
  const isSeen = evidence.some(({ kind }) => kind === 'claim' || kind === 'fact');
  return mark === '~' || !isSeen || evidence.some(({ standing }) => standing === 'unsure') ? 'partly' : 'shown';
}
