import { UpstreamFailed } from '../../errors.js';
import type { ModelMessage, ModelRequest, ToolCall } from '../../llm/model-step.js';
import { askModel, isModelConfigured } from '../../llm/router.js';
import { turnMeter } from '../usage/meter.js';
import { budget, checkLength, limitsOf, outputLeft } from './gateway/budget.js';
import { quoteFromKnowledge, type StepEvent } from './gateway/extractive.js';
import { messagesFor, systemPrompt } from './gateway/prompt.js';
import { offeredTools } from './gateway/rules.js';
import { runToolCall } from './gateway/tool-call.js';
import type { Turn } from './gateway/turn.js';
import { newMarks } from './gateway/untrusted.js';
import { waits } from './thread/message.js';

/**
 * The one way from a question to an answer (AG-4): builds the prompt, asks the model, checks and runs each tool call it
 * asks for, and goes on until it answers. `turn.answer` holds what there is, also when this throws: a Failure with a text
 * for people, or the reason of `turn.signal`. `runCall`: how its tool calls are run; a test of an agent has its own way.
 */
export async function answer(turn: Turn, runCall: typeof runToolCall = runToolCall): Promise<void> {
  const marks = newMarks();
  const tools = offeredTools(turn);
  const prompt = systemPrompt(turn, tools, marks);
  const messages = messagesFor(turn, marks);
  const meter = meterFor(turn);
  for (;;) {
    const exhausted = turn.answer.toolCalls > limitsOf(turn.agent).toolCalls;
    const maxOutputTokens = outputLeft(turn.agent, turn.answer, lengthOf(prompt, messages));
    const request: ModelRequest = {
      ...prompt,
      messages,
      tools: tools.map(({ model }) => model),
      ...modelsOf(turn.agent),
      signal: turn.signal,
      maxOutputTokens,
      meter,
    };
    const { text, calls } = await oneStep(
      turn,
      isModelConfigured() ? askModel(request) : quoteFromKnowledge(turn, request),
    );
    if (calls.length === 0) return;
    // It was told that there are no calls left and makes more: this would go on for ever.
    if (exhausted)
      throw new UpstreamFailed('The agent used up its tool calls without an answer. Ask for less at once.');
    messages.push({ role: 'assistant', text, toolCalls: calls });
    for (const call of calls.slice(0, budget.toolCallsAtOnce))
      messages.push(await runCall(turn, call, { marks, why: text }));
    // It goes on when a person has decided: what it says until then, and does next, would be built on a guess.
    if (turn.answer.waiting > 0) return say(turn, (turn.answer.text ? '\n\n' : '') + waits);
  }
}

/** Its model first and then the operator's order, or its own list and nobody else. */
function modelsOf({ model, fallbacks }: Turn['agent']): Pick<ModelRequest, 'preferred' | 'only'> {
  return model !== null && fallbacks ? { only: [model, ...fallbacks] } : { preferred: model ?? undefined };
}

/** Whose account the calls are on, and what this answer may cost. */
function meterFor({ context, accountId, agent, isTest = false }: Turn) {
  const { cost } = limitsOf(agent);
  return turnMeter(context, { accountId, agentId: agent.id, purpose: isTest ? 'test' : 'chat', most: cost });
}

/** One answer of the model: its text goes out as it comes, its tool calls wait until all of it has arrived. */
async function oneStep(turn: Turn, events: AsyncIterable<StepEvent>): Promise<{ text: string; calls: ToolCall[] }> {
  const { answer: made } = turn;
  const calls: ToolCall[] = [];
  let text = '';
  for await (const event of events) {
    if (event.type === 'text') {
      const gap = text === '' && made.text !== '' ? '\n\n' : '';
      text += event.text;
      say(turn, gap + event.text);
      checkLength(made);
    } else if (event.type === 'tool-call') calls.push(event);
    else if (event.type === 'started') {
      made.provider = event.provider;
      made.model = event.model;
      made.failedBefore = event.failedBefore.map(({ provider }) => provider).join(', ');
    } else {
      made.inputTokens += event.inputTokens;
      made.lastInputTokens = event.inputTokens;
      made.outputTokens += event.outputTokens;
      if (event.reason === 'length' && calls.length === 0) say(turn, cutShort);
    }
  }
  return { text, calls };
}

const cutShort = '\n\n*The answer reached its length limit here. Ask it to go on.*';

function say({ answer: made, tell }: Turn, text: string): void {
  made.text += text;
  tell({ event: 'text', data: { text } });
}

function lengthOf({ system, systemNow }: ReturnType<typeof systemPrompt>, messages: readonly ModelMessage[]): number {
  const sizes = messages.map((message) => (message.role === 'tool' ? message.result.length : message.text.length));
  return sizes.reduce((sum, size) => sum + size, system.length + systemNow.length);
}
