import type { ToolCall } from '../../../llm/model-step.js';
import { type Passage, type ToolResult, toolNamed } from '../../../llm/tool.js';
import type { Source } from '../../decisions/decision.js';
import type { Turn } from './turn.js';

interface Called {
  readonly call: ToolCall;
  /** The name of what was read, where the tool tells. */
  readonly reads: string | undefined;
}

/** What the agent has read now, and could have been told things by. */
export function noteSources({ answer }: Turn, { call, reads }: Called, { result, citations }: ToolResult): void {
  const title = reads ?? toolNamed(call.name)?.label ?? call.name;
  const read: Source[] = citations
    ? citations.map(asSource)
    : saysSomething(result, JSON.stringify(call.arguments))
      ? [{ kind: 'result', title, earlier: false }]
      : [];
  for (const source of read) {
    const known = answer.sources.some(
      ({ kind, id, title: of }) => kind === source.kind && id === source.id && of === source.title,
    );
    if (!known) answer.sources.push(source);
  }
}

/** A file of the conversation is no document that others could open. */
function asSource({ documentId: id, title, conversationId }: Passage): Source {
  const document = { kind: 'document', id, title, earlier: false } as const;
  return conversationId ? { kind: 'result', id, title: `“${title}”, attached here`, earlier: false } : document;
}

/** An id, an instant, or one plain word such as a state: nobody can write an instruction with these. */
const wordless = /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\d:.TZ+-]{4,35}|[a-z]{1,20})$/;

/** Whether a result holds words that somebody else wrote: what the agent itself handed in tells it nothing. */
export function saysSomething(result: unknown, given: string): boolean {
  if (typeof result === 'string') {
    return result.trim() !== '' && !wordless.test(result) && !given.includes(JSON.stringify(result).slice(1, -1));
  }
  if (typeof result !== 'object' || result === null) return false;
  return Object.values(result).some((part) => saysSomething(part, given));
}
