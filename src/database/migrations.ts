import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { projectPath } from '../config.js';
import { tenantRole } from './roles.js';

export interface Migration {
  readonly version: string;
  readonly text: string;
  readonly checksum: string;
}

/** The forward-only migrations of `sql/shared` or `sql/tenant`, in order. */
export function readMigrations(kind: 'shared' | 'tenant'): Migration[] {
  const folder = projectPath('sql', kind);
  const files = readdirSync(folder).filter((name) => /^\d{4}_\w+\.sql$/.test(name));
  return files.sort().map((name) => {
    const text = readFileSync(projectPath('sql', kind, name), 'utf8');
    return { version: name.slice(0, -4), text, checksum: createHash('sha256').update(text).digest('hex') };
  });
}

/** A tenant's script with its role written in where `:tenant` stands. */
export function forTenant(text: string, tenantId: string): string {
  return text.replaceAll(':tenant', tenantRole(tenantId));
}

/** The present of a tenant schema as one script, made by `npm run db:dump` and compared by a test. */
export function readTenantSchema(): string {
  return readFileSync(projectPath('sql', 'tenant.schema.sql'), 'utf8');
}
