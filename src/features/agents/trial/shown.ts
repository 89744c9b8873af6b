import { renderMarkdown } from '../../../http/markdown.js';
import { plural } from '../../../http/wording.js';
import { builtIn } from '../../conversations/gateway/extractive.js';
import { citedNumbers } from '../../conversations/thread/citations.js';
import { modelLabel } from '../wording.js';
import type { TrialResult } from './trial.js';

export type TrialShown = ReturnType<typeof shownTrial>;

/** The locals of views/agents/trial-answer.ejs. */
export function shownTrial({ question, text, failure, calls, passages, ...rest }: TrialResult, slug: string) {
  const citations = citedNumbers(text, passages.length).flatMap((number) => {
    const passage = passages[number - 1];
    if (!passage) return [];
    const { documentId, chunkId, title } = passage;
    return [{ number, title, href: `/w/${slug}/knowledge/${documentId}?chunk=${chunkId}#passage` }];
  });
  const chips = new Map(citations.map(({ number, title, href }) => [number, { title, href }]));
  return { question, failure, calls, citations, html: renderMarkdown(text, chips), answeredBy: answeredBy(rest) };
}

function answeredBy({ provider, model, tokens, milliseconds }: Counted): string {
  const took = `${(milliseconds / 1000).toFixed(1)} s`;
  if (!provider) return took;
  if (provider === builtIn) return `Quotation from the documents, without a language model, ${took}`;
  const name = modelLabel(`${provider}:${model}`);
  return tokens > 0 ? `${name}, ${plural(tokens, 'token')}, ${took}` : `${name}, ${took}`;
}

type Counted = Pick<TrialResult, 'provider' | 'model' | 'tokens' | 'milliseconds'>;
