import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Logger, type ParsedCronItem, parseCronItems, run, type TaskList, type WorkerEvents } from 'graphile-worker';
import pg from 'pg';
import { z } from 'zod';
import type { Database } from '../database/database.js';
import { role } from '../database/roles.js';
import { settingsOf } from '../database/shared.js';
import { type SignOfLife, showSignOfLife } from '../database/sign-of-life.js';
import { log } from '../log.js';
import type { TenantContext } from '../tenancy/context.js';
import { getTenant } from '../tenancy/directory.js';
import { jobs, tenantJobs } from './job.js';
import { unlockJobsOfTheDead } from './queries.js';

export interface JobRunner {
  /** Lets running jobs finish, takes no new ones. */
  stop(): Promise<void>;
}

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
  for (const [name, job] of tenantJobs) {
    tasks[`tenant:${name}`] = async (payload, { job: { attempts, max_attempts } }) => {
      const { tenant, ...rest } = OfTenant.parse(payload);
      const context = await contextOf(tenant, name);
      if (!context) return;
      try {
        await job.run(context, rest);
      } catch (error) {
        if (attempts >= max_attempts) await job.gaveUp(context, rest);
        throw error;
      }
    };
  }
  return tasks;
}

/** Undefined when the workspace was deleted while the job waited. */
async function contextOf(tenantId: string, name: string): Promise<TenantContext | undefined> {
  const tenant = await getTenant(tenantId);
  const job = tenantJobs.get(name);
  if (!tenant || !job) return undefined;
  return { tenant, actor: { kind: 'system', name, may: job.may }, trigger: 'job', requestId: randomUUID() };
}

function quiet(): Logger {
  return new Logger(() => (level, message, meta) => {
    if (level !== 'error' && level !== 'warning') return;
    log().warn({ job: meta?.taskIdentifier }, `jobs: ${message}`);
  });
}
