import type { ModelMessage } from '../../../llm/model-step.js';
import type { Tool } from '../../../llm/tool.js';
import { budget, estimateTokens } from './budget.js';
import type { PastMessage, Turn } from './turn.js';
import type { Marks } from './untrusted.js';

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeZone: 'UTC' });

/**
 * What the model is told before the conversation (AG-4): who it is, the workspace's instructions, its own, and the rules
 * of this product. What differs from turn to turn comes last and apart, so that providers can cache the rest.
 */
export function systemPrompt(turn: Turn, tools: readonly Tool[], marks: Marks) {
  const { agent, workspaceInstructions, context } = turn;
  const role = agent.role ? ` Your role: ${agent.role}.` : '';
  const stays = [
    `You are ${agent.name}, an agent in the workspace "${context.tenant.name}".${role}`,
    workspaceInstructions && `Instructions of the workspace, for all agents:\n${workspaceInstructions}`,
    agent.instructions && `Your own instructions:\n${agent.instructions}`,
    rules(tools),
  ];
  const now = [filesOf(turn, marks), `Today is ${day.format(new Date())} (UTC).`, marks.rule];
  const inOne = (parts: readonly string[]) => parts.filter(Boolean).join('\n\n');
  return { system: inOne(stays), systemNow: inOne(now) };
}

/** Names can say anything: they are content. */
function filesOf({ files = [] }: Turn, marks: Marks): string {
  if (files.length === 0) return '';
  const list = files.map(({ id, name }) => `${id}: ${name.replace(/\s+/g, ' ')}`).join('\n');
  return `The person attached these files to this conversation; look into them with search_files or read_file:\n${marks.wrap(list)}`;
}

function rules(tools: readonly Tool[]): string {
  const searches = tools.some(({ name }) => name === 'search_knowledge');
  const cites = searches || tools.some(({ comesWith }) => comesWith === 'files');
  return [
    'Answer in the language of the question, in Markdown. Images are not shown.',
    ...(searches
      ? [
          'Before you answer anything that the documents of the workspace may say, call search_knowledge.',
          'If the documents do not say it, say so; do not make it up.',
        ]
      : ['You cannot look into the documents of the workspace.']),
    ...(cites
      ? [
          'Passages come with numbers. Put the number in square brackets, such as [1], right after what a passage supports. Use only numbers that you were given for this question.',
        ]
      : []),
    ...(tools.length === 0 ? ['You have no tools.'] : []),
  ].join('\n');
}

/** The conversation so far, as much of its end as the budget allows, and the question. */
export function messagesFor({ past, question, isNote, doneBefore = [] }: Turn, marks: Marks): ModelMessage[] {
  let left = budget.pastTokens;
  const kept: Said[] = [];
  for (const message of past.toReversed()) {
    left -= estimateTokens(message.text.length);
    if (left < 0) break;
    if (message.text !== '') kept.push(asModelMessage(message, marks));
  }
  kept.reverse();
  // Providers want a conversation to begin with the person.
  while (kept[0]?.role === 'assistant') kept.shift();
  const asked = asModelMessage({ author: isNote ? 'system' : 'member', text: question }, marks);
  return [
    ...kept,
    doneBefore.length > 0 ? { ...asked, text: `${asked.text}\n\n${notAgain(doneBefore, marks)}` } : asked,
  ];
}

/** The person asked again for an answer; what the one before it did happened all the same. */
function notAgain(doneBefore: readonly string[], marks: Marks): string {
  return [
    'Note of the system, not of the person: an earlier answer to this question had made these calls already.',
    'Those with the outcome "done" have happened; of "unknown" nobody knows. Make none of them a second time; say so instead.',
    marks.wrap(doneBefore.join('\n')),
  ].join('\n');
}

function asModelMessage({ author, text }: PastMessage, marks: Marks): Said {
  if (author === 'member') return { role: 'member', text };
  if (author === 'system') return { role: 'member', text: noteFor(text, marks) };
  // Its numbers named passages of an earlier question: repeated now they would name others.
  return { role: 'assistant', text: text.replace(/\s?\[\d{1,3}(?:, ?\d{1,3})*\](?!\()/g, '') };
}

type Said = Exclude<ModelMessage, { role: 'tool' }>;

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
