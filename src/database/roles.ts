import { createHmac } from 'node:crypto';

/**
 * Who may do what in Postgres (IS-2). `owner` owns every object and cannot log in; `provisioner` makes tenants and
 * migrates; `web` reads and writes shared tables and no tenant's; a `login(n)` may become the tenants of its shard
 * and read little of the shared tables; `worker` owns the job queue through `jobs`.
 */
export const role = {
  owner: 'bailiwick_owner',
  provisioner: 'bailiwick_provisioner',
  web: 'bailiwick_web',
  jobs: 'bailiwick_jobs',
  worker: 'bailiwick_worker',
  /** What every tenant login inherits on shared tables. */
  logins: 'bailiwick_logins',
  login: (shard: number) => `bailiwick_app_${shard}`,
} as const;

const tenantId = /^tenant_[a-z0-9]{16}$/;

/** The allowlist that a tenant's id passes before it reaches SQL (IS-1). Throws on anything else. */
export function tenantRole(id: string): string {
  if (!tenantId.test(id)) throw new Error('Not a tenant id');
  return id;
}

/** A login's password, derived, so that it is stored nowhere but in Postgres's own SCRAM verifier. */
export function loginPassword(secret: Buffer, name: string): string {
  return createHmac('sha256', secret).update(`database login ${name}`).digest('base64url');
}
