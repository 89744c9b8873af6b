import { renderMarkdown } from '../../../http/markdown.js';
import { plural } from '../../../http/wording.js';
import { configuredModels } from '../../../llm/router.js';
import { toolNamed } from '../../../llm/tool.js';
import { visible } from '../../decisions/suspicious.js';
import { riskWords } from '../../decisions/wording.js';
import { builtIn } from '../gateway/extractive.js';
import type { TurnEvent } from '../turns/event-log.js';
import type { BranchMessage } from './branch/queries.js';
import type { CitationShown, Message, ToolCallShown } from './message.js';

/** Where a thread is shown, and who talks in it. */
export interface Thread {
  readonly slug: string;
  /** Of the thread: its owner's, or a reader's. */
  readonly address: string;
  readonly agentName: string;
  readonly memberName: string;
  /** Whether questions may be put there now: edited ones, and answers asked for again, too. */
  readonly open: boolean;
}

/** The locals of partials/message.ejs. */
export function shownMessage(message: BranchMessage, thread: Thread) {
  const { id, author, text, status, failure, createdAt } = message;
  const here = `${thread.address}/messages/${id}`;
  const base = { id, author, status, failure, at: createdAt, ...besides(message, thread.address) };
  const plain = { toolCalls: [], citations: [] };
  const editUrl = thread.open ? `${thread.address}/questions/${id}/revision` : undefined;
  if (author === 'member') return { ...base, ...plain, name: thread.memberName, text, editUrl };
  if (author === 'system') return { ...base, ...plain, name: 'Bailiwick', text: text.split('\n')[0] };
  return {
    ...base,
    name: thread.agentName,
    ...(status === 'running'
      ? { text, streamUrl: `${here}/events`, stopUrl: `${here}/stop` }
      : { html: htmlOf(message, thread.slug) }),
    toolCalls: message.toolCalls.map((call) => shownCall(call, thread.slug)),
    citations: message.citations.map((citation) => shownCitation(citation, thread.slug)),
    answeredBy: answeredBy(message),
    retryUrl: status === 'running' ? '' : thread.open && !isWaiting(message) ? `${here}/retry` : undefined,
    waits: status === 'running' ? undefined : waitingWords(waitsOf(message)),
  };
}

/** Which of how many it is, and the way to those before and after it. */
function besides({ id, siblings }: BranchMessage, address: string) {
  const index = siblings.indexOf(id);
  if (siblings.length < 2) return {};
  const to = (other: string | undefined) => other && `${address}?branch=${other}#message-${other}`;
  return {
    branch: {
      number: index + 1,
      count: siblings.length,
      previous: to(siblings[index - 1]),
      next: to(siblings[index + 1]),
    },
  };
}

export const isWaiting = ({ toolCalls }: Message): boolean => toolCalls.some(({ outcome }) => outcome === 'waiting');

/** How many of the calls that an answer asked people about are still open. */
interface Waits {
  readonly open: number;
  readonly of: number;
}

/** None for a reader, who is not told what was asked. */
export function waitsOf({ toolCalls }: Message): Waits {
  const asked = toolCalls.filter(({ decision }) => decision);
  return { open: asked.filter(({ outcome }) => outcome === 'waiting').length, of: asked.length };
}

function waitingWords({ open, of }: Waits): string | undefined {
  if (open === 0) return undefined;
  if (of === 1) return 'The agent goes on when a person has decided.';
  const left = open === 1 ? `One of ${of} calls still waits` : `${open} of ${of} calls still wait`;
  return `${left} for a person. The agent goes on when all are decided.`;
}

type Ended = Pick<
  Message,
  'id' | 'text' | 'status' | 'failure' | 'provider' | 'model' | 'inputTokens' | 'outputTokens' | 'citations'
>;

interface Ending {
  readonly message: Ended;
  readonly slug: string;
  readonly title?: string;
  readonly agentName: string;
  /** Of its calls, for a person. */
  readonly waiting: Waits;
}

/** The last events of a turn, the same for a watcher of the turn and for one who comes when it is over. */
export function endingEvents(end: Ending): TurnEvent[] {
  const { message, slug, title, waiting } = end;
  const citations = message.citations.map((citation) => shownCitation(citation, slug));
  const data = {
    html: htmlOf(message, slug),
    status: message.status,
    citations,
    answeredBy: answeredBy(message),
    title,
    // What a person is being asked about is not asked for again.
    ...(waiting.open > 0 ? { retryUrl: '', waits: waitingWords(waiting) } : {}),
  };
  if (message.status !== 'failed') return [{ event: 'done', data }];
  const failed = { ...data, message: message.failure ?? 'The answer could not be finished.' };
  const listed: TurnEvent = { event: 'citations', data: { citations } };
  return [...(citations.length > 0 ? [listed] : []), { event: 'failed', data: failed }];
}

/** The locals of partials/tool-call.ejs, and the data of a `tool` event. */
export function shownCall(call: ToolCallShown, slug: string) {
  const { decision } = call;
  return {
    id: call.id,
    name: call.name,
    label: toolNamed(call.name)?.label ?? call.name,
    brief: briefOf(call.arguments),
    arguments: call.arguments,
    result: call.result ?? undefined,
    outcome: call.outcome,
    durationMs: call.durationMs,
    decision: decision && {
      ...decision,
      summary: visible(decision.summary),
      href: `/w/${slug}/inbox/${decision.id}`,
      risk: riskWords[decision.effect],
    },
  };
}

/** One line: the values, for people who know the tool by its name. */
function briefOf(text: string): string {
  try {
    const given: unknown = JSON.parse(text);
    const values = typeof given === 'object' && given !== null ? Object.values(given) : [given];
    return values
      .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
      .join(', ')
      .slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}

function shownCitation({ number, documentId, chunkId, title, gone, conversationId }: CitationShown, slug: string) {
  if (gone) return { number, title, note: '(the document was deleted)' };
  const place = conversationId ? `conversations/${conversationId}/files` : 'knowledge';
  return { number, title, href: `/w/${slug}/${place}/${documentId}?chunk=${chunkId}#passage` };
}

function htmlOf({ text, citations }: Pick<Message, 'text' | 'citations'>, slug: string): string {
  const chips = citations.map((citation) => {
    const { href, title, note } = { note: '', href: undefined, ...shownCitation(citation, slug) };
    return [citation.number, { href, title: note ? `${title} ${note}` : title }] as const;
  });
  return renderMarkdown(text, new Map(chips));
}

type Counted = Pick<Message, 'provider' | 'model' | 'inputTokens' | 'outputTokens'>;

function answeredBy({ provider, model, inputTokens, outputTokens }: Counted): string | undefined {
  if (!provider) return undefined;
  if (provider === builtIn) return 'quotation from the documents, without a language model';
  const known = configuredModels().find((choice) => choice.provider === provider && choice.model === model);
  const name = known?.label ?? `${provider} ${model ?? ''}`.trim();
  const tokens = (inputTokens ?? 0) + (outputTokens ?? 0);
  return tokens > 0 ? `${name}, ${plural(tokens, 'token')}` : name;
}
