import { Console } from 'node:console';
import { Failure } from '../../../errors.js';
import { makeByteReader } from './byte-reader.js';
import type { Answer, Job } from './protocol.js';
import { readDocument } from './read-document.js';
import { charactersOf, type Section } from './section.js';

/** The process that reads files. It has no rights but to read its own code: bytes come in by a pipe, text goes out by one. */

// Standard output carries the answers; what a library prints must not come between them.
globalThis.console = new Console(process.stderr);

const batchCharacters = 65_536;
const progressEvery = 100;

const answer = (message: Answer) => process.stdout.write(`${JSON.stringify(message)}\n`);

async function work(job: Job, bytes: Buffer): Promise<Answer> {
  let waiting: Section[] = [];
  let [characters, lastProgress] = [0, 0];
  const send = () => {
    if (waiting.length > 0) answer({ kind: 'sections', sections: waiting.map(mutable) });
    [waiting, characters] = [[], 0];
  };
  try {
    const read = await readDocument({
      bytes,
      fileName: job.fileName,
      limits: job.limits,
      onSection(section) {
        waiting.push(section);
        characters += charactersOf(section);
        if (characters > batchCharacters) send();
      },
      onProgress({ done, total }) {
        if (performance.now() - lastProgress < progressEvery && done < total) return;
        lastProgress = performance.now();
        answer({ kind: 'progress', done, total });
      },
    });
    send();
    return { kind: 'done', ...read };
  } catch (error) {
    return error instanceof Failure ? { kind: 'refused', message: error.message } : { kind: 'failed' };
  }
}

const mutable = (section: Section) => ({ ...section, headings: [...section.headings] });

answer({ kind: 'ready' });
const input = makeByteReader(process.stdin);
for (let line = await input.line(); line !== undefined; line = await input.line()) {
  const job = JSON.parse(line) as Job;
  answer(await work(job, await input.bytes(job.size)));
}
process.exit();
