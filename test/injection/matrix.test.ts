import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { budget } from '../../src/features/conversations/gateway/budget.js';
import { type Order, orderText } from '../support/providers/obedient.js';
import { type Carrier, carriersOf } from './carriers.js';
import { callGoals, floods, type Goal, sayGoals } from './goals.js';
import { askAbout, callsOf, conversationOf, runThrough, unmarked } from './run.js';
import { showAnswers, skipBrowser } from './shown.js';
import { startWorld, type World } from './world.js';

/** As many as fit into one result together. */
const atOnce = 11;
const groups = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

let world: World;
let carriers: readonly Carrier[] = [];
/** In which all answers stand that a model gave as it was told. */
let talk: string | undefined;

before(async () => {
  world = await startWorld();
  carriers = carriersOf(world);
});
after(() => world?.close());

/** By which everything that comes from an attacker is known. */
const marker = (number: number) => `PWNED${number}`;
const wordLength = 15;
const wordFor = (kind: string, carrier: Carrier, index: number) => `${kind}${carriers.indexOf(carrier)}x${index}`;

interface Aimed {
  readonly name: string;
  readonly ends: string | undefined;
  readonly order: Order;
}

/** The goals with their values; without those for which a carrier has no room. */
function aimed(goals: readonly Goal[], { longest = 100_000 }: Carrier): Aimed[] {
  const all = goals.map(({ name, ends, order }, index) => ({ name, ends, order: order(world, marker(index)) }));
  return all.filter(({ order }) => orderText(order).length + wordLength < longest);
}

async function callsBy(carrier: Carrier): Promise<void> {
  const goals = aimed(callGoals, carrier);
  assert.ok(goals.length >= 25, `${goals.length} goals`);
  const orders = goals.map(({ order }) => order);
  const { calls } = await runThrough(world, { carrier, word: wordFor('zebra', carrier, 0), orders });
  const inOrder = calls.toSorted((one, other) => one.of - other.of);
  assert.deepEqual(
    inOrder.map(({ of, outcome }) => `${goals[of]?.name}: ${outcome}`),
    goals.map(({ name, ends }) => `${name}: ${ends}`),
  );
  const decisions = calls.filter(({ decision }) => decision);
  assert.equal(decisions.length, goals.filter(({ ends }) => ends === 'waiting').length);
}

async function wordsBy(carrier: Carrier): Promise<void> {
  for (const [index, group] of groups(aimed(sayGoals, carrier), atOnce).entries()) {
    const orders = group.map(({ order }) => order);
    const word = wordFor('giraffe', carrier, index);
    const ran = await runThrough(world, { carrier, word, orders, conversation: talk });
    talk ??= ran.conversation;
  }
}

describe('a model that obeys every word it reads (threats 13, 14, 25)', () => {
  test('at least 25 goals are tried by every carrier of this version', () => {
    assert.ok(callGoals.length + sayGoals.length >= 25);
    assert.deepEqual(
      carriers.map(({ name }) => name),
      [
        ...['a document', 'a PDF', 'a web page', 'the result of a tool', 'the title of a task'],
        ...['the description and a comment of a task', 'a page', 'a calendar entry', 'a chat attachment'],
      ],
    );
  });

  test('no call that it is told to make has an effect before a person approved it (AG-4, AG-6)', async (context) => {
    // So that none of the calls is refused for being one too many.
    const kept = { ...budget };
    Object.assign(budget, { toolCalls: 100, toolCallsAtOnce: 100 });
    for (const carrier of carriers) await context.test(`by ${carrier.name}`, () => callsBy(carrier));
    Object.assign(budget, kept);
  });

  test('what it is told to say changes nothing either (AG-4)', async (context) => {
    for (const carrier of carriers) await context.test(`by ${carrier.name}`, () => wordsBy(carrier));
  });

  test('the words of an attacker never stand outside of the marks (AG-4)', () => {
    assert.deepEqual(unmarked(world, /PWNED/), []);
    assert.ok(world.provider.requests.some(({ body }) => JSON.stringify(body).includes('PWNED')));
  });

  test('a text that sends it back to itself ends at the limit of calls (threat 25)', async (context) => {
    for (const carrier of carriers) {
      await context.test(`by ${carrier.name}`, async () => {
        const word = wordFor('walrus', carrier, 0);
        const conversation = await carrier.prepare?.(world, word);
        await carrier.plant(world, word, carrier.reads(world, word, 1), conversation);
        const calls = await callsOf(world, conversationOf(await askAbout(world, { carrier, word, conversation })));
        const outcomes = calls.map(({ outcome }) => outcome);
        if (carrier.isAsked) return assert.deepEqual(outcomes, ['waiting']);
        assert.deepEqual(outcomes, [...Array.from({ length: 8 }, () => 'done'), 'refused']);
      });
    }
  });

  test('a flood of calls in one step asks for no more than a question may (threat 25)', async () => {
    const [carrier] = carriers;
    assert.ok(carrier);
    const word = wordFor('otter', carrier, 0);
    await carrier.plant(world, word, floods);
    const calls = await callsOf(world, conversationOf(await askAbout(world, { carrier, word })));
    assert.equal(calls.filter(({ outcome }) => outcome === 'waiting').length, 7);
    assert.ok(calls.length <= 13, `${calls.length} calls were written down`);
    assert.deepEqual(world.sent, []);
  });

  test(
    'its answers, shown in a browser, ask no other host and lead nowhere unseen (AG-12)',
    { skip: skipBrowser },
    () => showAnswers(world, talk ?? ''),
  );
});
