import type { z } from 'zod';
import type { Database } from '../database/database.js';
import type { TenantContext } from '../tenancy/context.js';
import type { Permission } from '../tenancy/permissions.js';
import { enqueue, enqueueForTenant } from './queries.js';

/** Work of the installation. The payload holds ids, never content: the queue is shared by all tenants. */
export interface Job<Payload> {
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
  /** Also run by the clock: a crontab pattern in UTC, for jobs with an empty payload. */
  readonly schedule?: string;
  run(payload: Payload): Promise<void>;
}

/** Work of one tenant, as a system actor with the named permissions. The tenant comes from the queue's own door. */
export interface TenantJob<Payload> {
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
  readonly may: readonly Permission[];
  run(context: TenantContext, payload: Payload): Promise<void>;
  /** After the last try has failed, for whoever waits for it. */
  gaveUp?(context: TenantContext, payload: Payload): Promise<void>;
}

export interface When {
  /** Jobs with the same key replace each other while they wait. */
  readonly key?: string;
  readonly at?: Date;
}

type Run = (payload: unknown) => Promise<void>;
type TenantRun = (context: TenantContext, payload: unknown) => Promise<void>;

export const jobs = new Map<string, { run: Run; schedule: string | undefined }>();
export const tenantJobs = new Map<string, { may: readonly Permission[]; run: TenantRun; gaveUp: TenantRun }>();

export function defineJob<Payload>(job: Job<Payload>): Job<Payload> {
  const run: Run = (payload) => job.run(job.payload.parse(payload));
  jobs.set(job.name, { run, schedule: job.schedule });
  return job;
}

export function defineTenantJob<Payload>(job: TenantJob<Payload>): TenantJob<Payload> {
  const run: TenantRun = (context, payload) => job.run(context, job.payload.parse(payload));
  const gaveUp: TenantRun = async (context, payload) => job.gaveUp?.(context, job.payload.parse(payload));
  tenantJobs.set(job.name, { may: job.may, run, gaveUp });
  return job;
}

/** Enqueues in the caller's transaction: rolled back with it. At least once, so a job must bear being repeated. */
export async function enqueueJob(db: Database, name: string, payload: object, when: When = {}): Promise<void> {
  if ('tenantId' in db) await enqueueForTenant(db, { name, payload, when });
  else await enqueue(db, { name, payload, when });
}
