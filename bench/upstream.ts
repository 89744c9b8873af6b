import { startCompatible } from '../test/support/providers/compatible.js';

/** A model on this machine that answers fifty tokens in one write: run as a process of its own. */
const text = Array.from({ length: 50 }, (_, number) => `word${number} `);
const server = await startCompatible({ forget: true, reply: () => ({ text }) });
process.send?.(server.url);
process.on('disconnect', () => process.exit(0));
