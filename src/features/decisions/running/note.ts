import { Conflict } from '../../../errors.js';
import { toolNamed } from '../../../llm/tool.js';
import type { Decision, Status } from '../decision.js';

/** All results together; of one call it is what is kept of it. */
const mostCharacters = 24_000;

type Told = Pick<Decision, 'tool' | 'status' | 'summary' | 'result' | 'steps'>;

/**
 * What an agent is told of the calls that people decided. The product's own words in the first line; below it what others
 * wrote: the summaries, the results, a reason.
 */
export function noteFor(decisions: readonly Told[]): string {
  const [only] = decisions;
  if (only && decisions.length === 1) return [firstOf(only), ...detailsOf(only, mostCharacters)].join('\n\n');
  const share = Math.floor(mostCharacters / decisions.length);
  const first = decisions.map((each, index) => `${index + 1}. ${firstOf(each)}`).join(' ');
  const details = decisions.map((each, index) => `${index + 1}. ${detailsOf(each, share).join('\n\n')}`);
  return [first, ...details].join('\n\n');
}

function firstOf({ tool, status }: Told): string {
  const say = words[status];
  if (!say) throw new Conflict('It is not decided yet.');
  return say(toolNamed(tool)?.label ?? tool);
}

function detailsOf({ summary, status, result, steps }: Told, most: number): string[] {
  const reason = steps.findLast(({ step }) => step === 'rejected')?.reason;
  const came = status === 'rejected' ? reason && `Reason: ${reason}` : result;
  return came ? [summary, came.slice(0, most)] : [summary];
}

const words: Partial<Record<Status, (label: string) => string>> = {
  done: (label) => `“${label}” was approved by a person and is done.`,
  failed: (label) => `“${label}” was approved by a person, but it failed. Nothing was changed.`,
  refused: (label) => `“${label}” was approved by a person, but could not run any more. Nothing was changed.`,
  unknown: (label) => `“${label}” was approved by a person and begun, but nobody knows whether it happened.`,
  rejected: (label) => `“${label}” was rejected by a person. It was not done.`,
  expired: (label) => `Nobody decided about “${label}” in time. It was not done.`,
  withdrawn: (label) => `“${label}” was taken back by the person who had asked. It was not done.`,
};
