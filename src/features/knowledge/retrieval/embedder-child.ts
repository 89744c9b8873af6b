import type { EmbedReply, EmbedRequest } from './embedder-messages.js';
import { type Embed, openUseLite } from './model/use-lite-session.js';

/**
 * A process of its own, so that the model's 150 MB leave with it and a crash of native code hurts nobody. Started with
 * the model's folder; ends with the process that started it.
 */
const [folder = ''] = process.argv.slice(2);
const urgent: EmbedRequest[] = [];
const patient: EmbedRequest[] = [];
let working = false;

process.on('disconnect', () => process.exit(0));
process.on('message', (request: EmbedRequest) => {
  (request.urgent ? urgent : patient).push(request);
  void work();
});

const opening = openUseLite(folder).catch((error: unknown) => {
  const why = error instanceof Error ? error.message : String(error);
  reply({ unusable: why }, () => process.exit(1));
});

async function work(): Promise<void> {
  if (working) return;
  working = true;
  const embed = await opening;
  if (!embed) return;
  const hurry = async (): Promise<void> => {
    for (let next = urgent.shift(); next; next = urgent.shift()) await answer(embed, next);
  };
  await hurry();
  for (let next = patient.shift(); next; next = patient.shift()) {
    await answer(embed, next, hurry);
    await hurry();
  }
  working = false;
}

async function answer(embed: Embed, { id, texts }: EmbedRequest, between?: () => Promise<void>): Promise<void> {
  try {
    reply({ id, vectors: await embed(texts, between) });
  } catch (error) {
    reply({ id, failed: error instanceof Error ? error.message : String(error) });
  }
}

function reply(message: EmbedReply, sent?: () => void): void {
  // Without a parent there is nobody to answer; 'disconnect' ends this process.
  if (process.connected) process.send?.(message, undefined, {}, sent);
}
