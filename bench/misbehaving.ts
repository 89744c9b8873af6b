import { startGroq } from '../test/support/providers/groq.js';
import type { Script } from '../test/support/providers/script.js';

/** An upstream that goes wrong in another way at every request: run as a process of its own. */
const words = Array.from({ length: 50 }, (_, number) => `word${number} `);
const gigabyte = 1024 ** 3;
const chunk = {
  id: 'c',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { content: 'x' }, finish_reason: null }],
};
const ways: readonly Script[] = [
  { fault: { kind: 'hang' } },
  { text: words, fault: { kind: 'hang', after: 5 } },
  { text: words, pace: { bytes: 1, everyMs: 20 } },
  { text: words, pace: { bytes: 400, everyMs: 100 } },
  { fault: { kind: 'garbage', body: '<html>'.repeat(10_000) } },
  { fault: { kind: 'garbage', body: 'data: {"choices":[{\n\n' } },
  { text: words, fault: { kind: 'cut', after: 20 } },
  { fault: { kind: 'status', status: 500 } },
  { fault: { kind: 'flood', bytes: gigabyte } },
  { fault: { kind: 'flood', bytes: gigabyte, of: `data: ${JSON.stringify(chunk)}\n\n` } },
];
const server = await startGroq({
  forget: true,
  reply: (_request, index) => ways[index % ways.length] ?? {},
});
process.send?.(server.url);
process.on('disconnect', () => process.exit(0));
