import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  type JobHelpers,
  Logger,
  type ParsedCronItem,
  parseCronItems,
  run,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import pg from 'pg';
import { z } from 'zod';
import type { Database } from '../database/database.js';
import { role } from '../database/roles.js';
import { settingsOf } from '../database/shared.js';
import { type SignOfLife, showSignOfLife } from '../database/sign-of-life.js';
import { log } from '../log.js';
import type { TenantContext } from '../tenancy/context.js';
import { tenantForWork } from '../tenancy/directory.js';
import { jobs, tenantJobs } from './job.js';
import { unlockJobsOfTheDead } from './queries.js';

export interface JobRunner {
  /** Lets running jobs finish, takes no new ones. */
  stop(): Promise<void>;
}

/** How long the work of a suspended workspace waits before it asks again. */
const parkedMs = 5 * 60_000;

const OfTenant = z.looseObject({ tenant: z.string() });

/** Runs everything that was defined by then. `concurrency` jobs at a time. */
export async function startJobs(concurrency = 2): Promise<JobRunner> {
  const pool = new pg.Pool({ ...settingsOf(role.worker), max: concurrency + 2 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const events: WorkerEvents = new EventEmitter();
  let sign: SignOfLife | undefined;
  events.once('pool:create', ({ workerPool }) => {
    sign = showSignOfLife(settingsOf(role.worker), workerPool.id, takeUp);
  });
  const runner = await run({
    pgPool: pool,
    events,
    taskList: taskList(),
    parsedCronItems: clockwork(),
    concurrency,
    noHandleSignals: true,
    logger: quiet(),
  });
  return {
    async stop() {
      await runner.stop();
      await sign?.end();
      await pool.end();
    },
  };
}

/** Whatever a killed worker had begun. */
async function takeUp(db: Database): Promise<void> {
  const dead = await unlockJobsOfTheDead(db);
  if (dead > 0) log().info({ workers: dead }, 'took up the jobs of workers that are gone');
}

function clockwork(): ParsedCronItem[] {
  const scheduled = [...jobs].flatMap(([task, { schedule }]) => (schedule ? [{ task, match: schedule }] : []));
  return parseCronItems(scheduled.map((item) => ({ ...item, payload: {} })));
}

function taskList(): TaskList {
  const tasks: TaskList = {};
  for (const [name, { run: work }] of jobs) tasks[name] = (payload) => work(payload);
  for (const name of tenantJobs.keys())
    tasks[`tenant:${name}`] = (payload, helpers) => runForTenant(name, payload, helpers);
  return tasks;
}

async function runForTenant(name: string, payload: unknown, helpers: JobHelpers): Promise<void> {
  const { tenant: tenantId, ...rest } = OfTenant.parse(payload);
  const [job, found] = [tenantJobs.get(name), await tenantForWork(tenantId)];
  // The workspace was deleted while the job waited.
  if (!job || !found) return;
  if (found.suspended) return park(payload, helpers);
  const actor = { kind: 'system', name, may: job.may } as const;
  const context: TenantContext = { tenant: found.tenant, actor, trigger: 'job', requestId: randomUUID() };
  try {
    await job.run(context, rest);
  } catch (error) {
    if (helpers.job.attempts >= helpers.job.max_attempts) await job.gaveUp(context, rest);
    throw error;
  }
}

/**
 * In a suspended workspace nothing goes on: the job is put back as it was, with all its tries, and asks again later. It
 * ends with the workspace, or runs when that is opened again.
 */
async function park(payload: unknown, { addJob, job }: JobHelpers): Promise<void> {
  await addJob(job.task_identifier, payload, {
    runAt: new Date(Date.now() + parkedMs),
    maxAttempts: job.max_attempts,
    priority: job.priority,
    ...(job.key ? { jobKey: job.key, jobKeyMode: 'preserve_run_at' } : {}),
  });
}

function quiet(): Logger {
  return new Logger(() => (level, message, meta) => {
    if (level !== 'error' && level !== 'warning') return;
    log().warn({ job: meta?.taskIdentifier }, `jobs: ${message}`);
  });
}
