import { collectJobs } from './background.js';
import { endTurns } from './features/conversations/turns/running.js';
import { openIntake } from './features/disclosure/intake/open.js';
import { closeKnowledge } from './features/knowledge/recovery.js';
import { openInstallation } from './installation.js';
import { startJobs } from './jobs/runner.js';
import { flushLog, log } from './log.js';

/** A process that runs jobs and serves nothing: for installations of more than one machine. */
async function main(): Promise<void> {
  const installation = await openInstallation();
  collectJobs();
  const jobs = await startJobs();
  const intake = await openIntake();
  log().info('the worker runs');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void Promise.all([endTurns(), closeKnowledge(), jobs.stop(), intake?.close()])
        .then(() => installation.close())
        .then(() => flushLog())
        .then(() => process.exit(0));
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`The worker could not start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
