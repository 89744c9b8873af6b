import { toolNamed } from '../../../llm/tool.js';
import { waits } from '../../conversations/thread/message.js';
import type { Status } from '../../decisions/decision.js';
import type { Asked } from './queries.js';

const why: Partial<Record<Status, string>> = {
  rejected: 'a person rejected it',
  expired: 'nobody decided in time',
  withdrawn: 'it was taken back before anybody decided',
};

/** What people did not allow. */
export const notAllowed = (asked: readonly Asked[]): readonly Asked[] => asked.filter(({ status }) => why[status]);

const mostCharacters = 18_000;
const mostNamed = 20;
/** They name passages of the conversation, where one can open them. */
const citations = /\s?\[\d{1,3}(?:, ?\d{1,3})*\](?!\()/g;

/**
 * The last words of an agent about its task, and in the product's own words what it did not do. Only the tools are named:
 * the arguments were for those who decided, and everybody in the workspace reads this.
 */
export function lastComment(answer: string, asked: readonly Asked[]): string {
  const text = answer.replace(waits, '').replace(citations, '').trim();
  const body = text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
  const refused = notAllowed(asked);
  const lines = refused
    .slice(0, mostNamed)
    .map(({ tool, status }) => `- ${toolNamed(tool)?.label ?? tool}: ${why[status]}`);
  if (refused.length > mostNamed) lines.push(`- and ${refused.length - mostNamed} more`);
  const told = lines.length > 0 ? `**Not done:**\n\n${lines.join('\n')}` : '';
  return [body, told].filter(Boolean).join('\n\n') || 'Finished, without a word.';
}
