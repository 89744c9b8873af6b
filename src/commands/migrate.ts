import { openInstallation } from '../installation.js';

/**
 * `npm run db:migrate`: brings the shared schema, every workspace and the standby pool to the present, also where
 * DATABASE_MIGRATE=off keeps the other processes from it. Resumable.
 */
export async function migrate(): Promise<void> {
  const installation = await openInstallation({ migrate: true, visiting: true, onProgress: drawBar });
  await installation.close();
  process.stdout.write('Everything is at the present version.\n');
}

const width = 40;

function drawBar(done: number, total: number): void {
  if (!process.stdout.isTTY) {
    process.stdout.write(`${done} of ${total} workspaces\n`);
    return;
  }
  const filled = Math.round((done / total) * width);
  process.stdout.write(`\r[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${done} of ${total} workspaces`);
  if (done === total) process.stdout.write('\n');
}
