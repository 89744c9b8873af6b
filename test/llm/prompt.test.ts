import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelMessage } from '../../src/llm/model-step.js';
import { toPrompt } from '../../src/llm/prompt.js';

const call = (id: string) => ({ id, name: 'search_knowledge', arguments: { query: id } });
const result = (id: string) => ({ role: 'tool', id, name: 'search_knowledge', result: `of ${id}` }) as const;

/** Roles, with the ids of calls and results. */
function outline(messages: readonly ModelMessage[]): string[] {
  return toPrompt('groq', { system: '', messages }).map(({ role, content }) => {
    if (typeof content === 'string') return role;
    return [role, ...content.flatMap((part) => ('toolCallId' in part ? [part.toolCallId] : []))].join(' ');
  });
}

test('results to calls made together go back together (AG-3)', () => {
  assert.deepEqual(
    outline([
      { role: 'member', text: 'Ask.' },
      { role: 'assistant', text: '', toolCalls: [call('a'), call('b')] },
      result('b'),
      result('a'),
      { role: 'assistant', text: 'Done.' },
    ]),
    ['user', 'assistant a b', 'tool b a', 'assistant'],
  );
});

test('a call that a stopped turn left open is closed (AG-3)', () => {
  const messages: ModelMessage[] = [
    { role: 'member', text: 'Ask.' },
    { role: 'assistant', text: 'I look.', toolCalls: [call('a'), call('b')] },
    result('a'),
    { role: 'member', text: 'And now?' },
  ];
  assert.deepEqual(outline(messages), ['user', 'assistant a b', 'tool a b', 'user']);
  assert.match(
    JSON.stringify(toPrompt('groq', { system: '', messages })),
    /"error-text","value":"This call was not finished\."/,
  );
  assert.deepEqual(outline(messages.slice(0, 2)), ['user', 'assistant a b', 'tool a b']);
});

test('results without their call and texts without words are left out (AG-3)', () => {
  assert.deepEqual(
    outline([
      result('cut off with the older part'),
      { role: 'member', text: 'Ask.' },
      { role: 'assistant', text: '' },
      { role: 'assistant', text: '', toolCalls: [call('a')] },
      result('a'),
      result('a'),
      { role: 'member', text: '\n' },
    ]),
    ['user', 'assistant a', 'tool a'],
  );
});
