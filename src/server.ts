import { readFileSync } from 'node:fs';
import { createApp } from './app.js';
import { collectJobs } from './background.js';
import { config } from './config.js';
import { endTurns } from './features/conversations/turns/running.js';
import { openIntake } from './features/disclosure/intake/open.js';
import { closeKnowledge, openKnowledge } from './features/knowledge/recovery.js';
import { startClaimChecks } from './features/security/checks.js';
import { startServer } from './http/server-lifecycle.js';
import { openInstallation } from './installation.js';
import { type JobRunner, startJobs } from './jobs/runner.js';
import { flushLog, log } from './log.js';
import { mailIsCaptured } from './mail/captured-page.js';

/** The web process; with nothing configured it runs the jobs too. */
async function main(): Promise<void> {
  const { HOST, PORT, PROCESS_ROLE, TRUST_PROXY, origin } = config();
  const installation = await openInstallation();
  collectJobs();
  await openKnowledge();
  const jobs: JobRunner | undefined = PROCESS_ROLE === 'web' ? undefined : await startJobs();
  const intake = PROCESS_ROLE === 'web' ? undefined : await openIntake();
  // Longer than nginx/ keeps a connection that waits.
  const lingerMs = TRUST_PROXY.length > 0 ? 6000 : 0;
  const server = await startServer(await createApp(), { host: HOST, port: PORT, lingerMs, tls: ownTls() });
  const endChecks = startClaimChecks();
  process.stdout.write(`Bailiwick is open at ${origin}\n`);
  if (mailIsCaptured()) process.stdout.write(`Mail is captured, not sent: ${origin}/captured-mail\n`);

  const stop = async () => {
    endChecks();
    await Promise.all([server.stop(), intake?.close()]);
    await Promise.all([endTurns(), closeKnowledge(), jobs?.stop()]);
    await installation.close();
    await flushLog();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop().catch((error: unknown) => {
        log().error({ err: error }, 'stopping failed');
        process.exit(1);
      });
    });
  }
}

/** GV-7: for a proxy on another machine. */
function ownTls() {
  const { APP_TLS_CERTIFICATE: cert, APP_TLS_KEY: key, APP_TLS_CLIENT_CA: clientCa } = config();
  if (!cert || !key || !clientCa) return undefined;
  return { cert: readFileSync(cert), key: readFileSync(key), clientCa: readFileSync(clientCa) };
}

main().catch((error: unknown) => {
  process.stderr.write(`Bailiwick could not start. ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
