import type { ModelMessage } from '../../../llm/model-step.js';
import type { Tool } from '../../../llm/tool.js';
import { budget, estimateTokens } from './budget.js';
import type { PastMessage, Turn } from './turn.js';
import type { Marks } from './untrusted.js';

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' });

/**
 * What the model is told before the conversation (AG-4): who it is, the workspace's instructions, its own, and the rules
 * of this product. The part that differs from turn to turn comes last, so that providers can cache the rest.
 */
export function systemPrompt(turn: Turn, tools: readonly Tool[], marks: Marks): string {
  const { agent, workspaceInstructions, context } = turn;
  const role = agent.role ? ` Your role: ${agent.role}.` : '';
  const parts = [
    `You are ${agent.name}, an agent in the workspace "${context.tenant.name}".${role}`,
    workspaceInstructions && `Instructions of the workspace, for all agents:\n${workspaceInstructions}`,
    agent.instructions && `Your own instructions:\n${agent.instructions}`,
    rules(tools),
    `Today is ${day.format(new Date())} (UTC).`,
    marks.rule,
  ];
  return parts.filter(Boolean).join('\n\n');
}

function rules(tools: readonly Tool[]): string {
  const searches = tools.some(({ name }) => name === 'search_knowledge');
  return [
    'Answer in the language of the question, in Markdown. Images are not shown.',
    ...(searches
      ? [
          'Before you answer anything that the documents of the workspace may say, call search_knowledge.',
          'Passages come with numbers. Put the number in square brackets, such as [1], right after what a passage supports. Use only numbers that you were given for this question.',
          'If the documents do not say it, say so; do not make it up.',
        ]
      : ['You cannot look into the documents of the workspace.']),
    ...(tools.length === 0 ? ['You have no tools.'] : []),
  ].join('\n');
}

/** The conversation so far, as much of its end as the budget allows, and the question. */
export function messagesFor({ past, question, isNote }: Turn, marks: Marks): ModelMessage[] {
  let left = budget.pastTokens;
  const kept: ModelMessage[] = [];
  for (const message of past.toReversed()) {
    left -= estimateTokens(message.text.length);
    if (left < 0) break;
    if (message.text !== '') kept.push(asModelMessage(message, marks));
  }
  kept.reverse();
  // Providers want a conversation to begin with the person.
  while (kept[0]?.role === 'assistant') kept.shift();
  return [...kept, asModelMessage({ author: isNote ? 'system' : 'member', text: question }, marks)];
}

function asModelMessage({ author, text }: PastMessage, marks: Marks): ModelMessage {
  if (author === 'member') return { role: 'member', text };
  if (author === 'system') return { role: 'member', text: noteFor(text, marks) };
  // Its numbers named passages of an earlier question: repeated now they would name others.
  return { role: 'assistant', text: text.replace(/\s?\[\d{1,3}(?:, ?\d{1,3})*\](?!\()/g, '') };
}

/** What the product itself says stands in the first line; what a tool or a person wrote comes after it. */
function noteFor(text: string, marks: Marks): string {
  const [first = '', ...rest] = text.split('\n');
  const content = rest.join('\n').trim();
  return [
    `Note of the system, not of the person: ${first}`,
    content && marks.wrap(content),
    'Tell the person briefly what came of it, and go on with what they asked for if something is left to do.',
  ]
    .filter(Boolean)
    .join('\n');
}
