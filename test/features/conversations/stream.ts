import assert from 'node:assert/strict';
import { z } from 'zod';
import type { Person } from '../accounts/people.js';

const Data = z.looseObject({
  id: z.string().optional(),
  text: z.string().optional(),
  html: z.string().optional(),
  message: z.string().optional(),
  url: z.string().optional(),
  stopUrl: z.string().optional(),
  retryUrl: z.string().optional(),
  streamUrl: z.string().optional(),
  outcome: z.string().optional(),
  status: z.string().optional(),
  from: z.number().optional(),
  editUrl: z.string().optional(),
});

export interface StreamEvent {
  readonly event: string;
  readonly data: z.infer<typeof Data>;
  /** Comes back as Last-Event-ID after a broken line. */
  readonly id: string | undefined;
}

export interface Stream {
  readonly response: Response;
  /** The next event with this name, or the end. */
  until(event: string): Promise<StreamEvent>;
  /** Undefined at the end. */
  next(): Promise<StreamEvent | undefined>;
  /** Everything to the end. */
  rest(): Promise<StreamEvent[]>;
  /** What came so far. */
  readonly seen: StreamEvent[];
  /** As a browser that is closed. */
  cut(): void;
}

/** No measure of anything: who waits for what never comes has found a defect, and the others want to go on. */
const mostMs = 60_000;

/** Sends a form as chat.js does, or opens an address, and reads the events that come back. */
export async function openStream(
  person: Person,
  path: string,
  fields?: Record<string, string>,
  lastEventId?: string,
): Promise<Stream> {
  const controller = new AbortController();
  const cookie = [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = { accept: 'text/event-stream', cookie, origin: person.origin, 'x-forwarded-for': person.address };
  const response = await fetch(new URL(path, person.origin), {
    ...(fields ? { method: 'POST', body: new URLSearchParams(fields) } : {}),
    headers: lastEventId === undefined ? headers : { ...headers, 'last-event-id': lastEventId },
    signal: controller.signal,
    redirect: 'manual',
  });
  const events = parse(response);
  const seen: StreamEvent[] = [];
  const next = async () => {
    const clock = setTimeout(() => controller.abort(new Error(`nothing more came from ${path}`)), mostMs);
    const { value } = await events.next().finally(() => clearTimeout(clock));
    if (value) seen.push(value);
    return value;
  };
  return {
    response,
    seen,
    async until(name) {
      for (let event = await next(); event; event = await next()) if (event.event === name) return event;
      return assert.fail(`no ${name} among ${seen.map(({ event }) => event).join(', ')}`);
    },
    next,
    async rest() {
      while (await next());
      return seen;
    },
    cut: () => controller.abort(),
  };
}

async function* parse(response: Response): AsyncGenerator<StreamEvent, undefined, void> {
  if (!response.body) return;
  let waiting = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    waiting += piece;
    const blocks = waiting.split('\n\n');
    waiting = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      const id = /^id: (.*)$/m.exec(block)?.[1];
      if (event && data) yield { event, data: Data.parse(JSON.parse(data)), id };
    }
  }
}

/** Asks as a person with script does. `place`: a conversation's path, or none for a new one with this agent. */
export async function ask(
  person: Person,
  slug: string,
  question: { text: string; agent?: string; in?: string },
): Promise<Stream> {
  const page = question.in ?? `/w/${slug}/conversations/new?agent=${question.agent ?? ''}`;
  const action = question.in ? `${question.in}/messages` : `/w/${slug}/conversations`;
  const _csrf = await person.token(page);
  return openStream(person, action, {
    _csrf,
    text: question.text,
    ...(question.agent ? { agent: question.agent } : {}),
  });
}

export const textOf = (events: readonly StreamEvent[]) =>
  events
    .filter(({ event }) => event === 'text')
    .map(({ data }) => data.text)
    .join('');
