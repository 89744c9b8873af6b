import { z } from 'zod';
import { defineTool } from '../../../src/llm/tool.js';

/** Loaded into the server that is killed: a letter that nobody can take back, to a post box that counts. */
defineTool({
  name: 'post_letter',
  label: 'Post a letter',
  description: 'For the tests.',
  permission: 'conversations.read',
  effect: 'inside',
  repeatable: false,
  input: z.object({ word: z.string() }),
  async send(_context, { word }) {
    const answer = await fetch(`${process.env.TEST_POST_BOX}/${word}`, { method: 'POST' });
    return { result: await answer.text() };
  },
});
