import type { Writable } from 'node:stream';
import { run } from 'node:test';

export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

/** What a run says of itself as a whole; here it is one of many. */
const sum = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** Runs a built file in a process of its own, for at most 15 minutes, and reports its events when it has ended. */
export async function runFile(file: string, report: Writable): Promise<Outcome> {
  const outcome = { passed: 0, failed: 0, skipped: 0 };
  const events: unknown[] = [];
  const stream = run({ files: [file], timeout: 900_000 });
  stream.on('test:pass', ({ skip, details }) => {
    if (details.type === 'suite') return;
    outcome[skip ? 'skipped' : 'passed'] += 1;
  });
  stream.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') outcome.failed += 1;
  });
  for await (const event of stream)
    if (event.type !== 'test:diagnostic' || !sum.test(event.data.message)) events.push(event);
  for (const event of events) report.write(event);
  return outcome;
}

/** Runs these, so many at a time in this order, and answers what came of each. */
export async function runFiles(
  files: readonly string[],
  { atOnce, report }: { atOnce: number; report: Writable },
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const waiting = [...files];
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      outcomes.set(file, await runFile(file, report));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}
