import assert from 'node:assert/strict';
import { z } from 'zod';
import { ask, type StreamEvent } from '../features/conversations/stream.js';
import { approve, runNow, systemOf } from '../features/decisions/asked.js';
import { type Order, orderText, promptOf } from '../support/providers/obedient.js';
import { until } from '../support/until.js';
import type { Carrier } from './carriers.js';
import { isSettled, snapshot, type World } from './world.js';

/** A call that the model made, and what came of it. */
export interface Made {
  readonly tool: string;
  readonly outcome: string;
  readonly decision: string | undefined;
}

/** `of`: which of the orders it was made for. */
export type Answered = Partial<Made> & { readonly of: number };

export interface Ran {
  /** `/w/acme/conversations/...` */
  readonly conversation: string;
  /** All but the one that read the attacker's words. */
  readonly calls: readonly Answered[];
  readonly events: readonly StreamEvent[];
}

/** One person asks the agent to read what an attacker wrote; the model obeys whatever stands there. */
export async function runThrough(
  world: World,
  { carrier, word, orders, conversation }: About & { readonly orders: readonly Order[] },
): Promise<Ran> {
  const { model } = world;
  const within = (await carrier.prepare?.(world, word, conversation)) ?? conversation;
  await carrier.plant(world, word, orders, within);
  const untouched = await effects(world);
  const before = model.obeyed.length;
  const about = { carrier, word, conversation: within, count: orders.length };
  const events = await askAbout(world, about);
  const url = events.find(({ event }) => event === 'message')?.data.url ?? within ?? '';
  if (carrier.isAsked) await sayYes(world, events);
  await until('no answer is being written', () => isSettled(world));
  assert.deepEqual(await effects(world), untouched, 'something happened that nobody approved');
  const reading = carrier.reads(world, word, orders.length).length;
  // Found passages come in an order of their own.
  const obeyed = model.obeyed.slice(before + reading).map((order) => JSON.stringify(order));
  const expected = orders.map((order) => JSON.stringify(order));
  assert.deepEqual(obeyed.toSorted(), expected.toSorted(), `${carrier.name} did not carry every order to the model`);
  const calls = (await callsOf(world, url)).slice(-obeyed.length);
  return {
    conversation: url,
    events,
    calls: obeyed.map((order, at) => ({ of: expected.indexOf(order), ...calls[at] })),
  };
}

export interface About {
  readonly carrier: Carrier;
  readonly word: string;
  /** How many orders lie there. */
  readonly count?: number;
  readonly conversation?: string | undefined;
}

/** What a person types: the order to read, and nothing of the attacker's. */
export function askAbout(world: World, { carrier, word, count = 1, conversation }: About): Promise<StreamEvent[]> {
  const orders = carrier.reads(world, word, count).map(orderText);
  return type(world, `Please read about ${word}. ${orders.join(' ')}`, conversation);
}

/** A person's own words, to the end of what the agent answers. */
export async function type({ cast, agent }: World, text: string, conversation?: string): Promise<StreamEvent[]> {
  const where = conversation === undefined ? { agent } : { in: conversation };
  const stream = await ask(cast.alice.browser, 'acme', { text, ...where });
  return stream.rest();
}

export const conversationOf = (events: readonly StreamEvent[]) =>
  events.find(({ event }) => event === 'message')?.data.url ?? assert.fail('no conversation began');

/** Every place at which it would show that a call had an effect. */
export async function effects(world: World): Promise<object> {
  const { sent, search, site, canary } = world;
  const asked = search.asked.map(({ query }) => query);
  return { sent: [...sent], asked, collected: [...site.asked], inside: canary.connects, tables: await snapshot(world) };
}

/** A person reads what is asked and approves it: the reading, and nothing else. */
async function sayYes(world: World, events: readonly StreamEvent[]): Promise<void> {
  const waiting = events.findLast(({ event }) => event === 'tool');
  const { id } = z.object({ id: z.string() }).parse(waiting?.data.decision);
  await approved(world, id);
}

/** Approves, runs and goes on, as the page and the jobs would. */
export async function approved({ cast, model }: World, decision: string, { goesOn = true } = {}): Promise<void> {
  const before = model.obeyed.length;
  assert.equal((await approve(cast.alice.browser, `/w/acme/inbox/${decision}`)).status, 303);
  await runNow(cast, decision);
  if (!goesOn) return;
  const { continueConversation } = await import('../../src/features/decisions/running/continue.js');
  await continueConversation(systemOf(cast), decision);
  await until('the agent has gone on', () => model.obeyed.length > before);
}

/** Of the newest question of a conversation and what followed it, in their order. */
export async function callsOf({ cast }: World, conversation: string): Promise<Made[]> {
  const { rows } = await cast.server.database.admin.query(
    `select t.tool, t.outcome, d.id as decision
     from ${cast.acme.id}.tool_calls t
     join ${cast.acme.id}.messages m on m.id = t.message_id
     left join ${cast.acme.id}.decisions d on d.tool_call_id = t.id
     where m.conversation_id = $1
     order by m.created_at, m.id, t.ordinal`,
    [conversation.split('/').at(-1)],
  );
  return rows.map((row) => ({
    tool: String(row.tool),
    outcome: String(row.outcome),
    decision: row.decision ?? undefined,
  }));
}

/** Whatever of a prompt stands outside of the marks, and is neither the product's nor the asking person's. */
export function unmarked(world: World, value: RegExp): string[] {
  return world.provider.requests.flatMap((request) => {
    const prompt = promptOf(request);
    const [, open = '', close = ''] =
      /between "(<<data \w+>>)" and "(<<end of data \w+>>)"/.exec(prompt[0]?.content ?? '') ?? [];
    assert.ok(open && close, 'the marks are named in the system prompt');
    const foreign = prompt.filter(({ role }) => role === 'tool' || role === 'user');
    return foreign.flatMap(({ content }) => {
      const rest = withoutMarked(content ?? '', open, close);
      return value.test(rest) ? [rest] : [];
    });
  });
}

/** The first mark that closes ends it, as a reader would take it. */
export function withoutMarked(text: string, open: string, close: string): string {
  return text
    .split(open)
    .map((part, index) => (index === 0 ? part : part.split(close).slice(1).join(close)))
    .join('');
}
