import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import type { Address } from './address.js';
import { channel } from './bus.js';
import { keepRowsOutOfLog, raiseGuards, setDatabaseRights } from './guards.js';
import { loginPassword, role } from './roles.js';

/** One installer at a time, whatever process starts first. */
export const installLock = 727_001;

/** Makes or mends roles, schemas, the job queue and the guards. Safe to run at every start. */
export async function install(address: Address, secret: Buffer, shards: number): Promise<void> {
  const admin = new pg.Client({ ...address, connectionTimeoutMillis: 10_000 });
  await admin.connect();
  try {
    await admin.query(`select pg_advisory_lock(${installLock})`);
    await makeRoles(admin, secret, shards);
    await keepRowsOutOfLog(admin);
    await setDatabaseRights(admin);
    await makeSchemas(admin);
    await makeQueue(address);
    await admin.query(queueDoor);
    await raiseGuards(admin);
  } finally {
    await admin.end();
  }
}

async function makeRoles(admin: pg.Client, secret: Buffer, shards: number): Promise<void> {
  const limits = `set search_path = ''; alter role %name set statement_timeout = '30s'; alter role %name set lock_timeout = '10s'`;
  const groups = [role.owner, role.jobs, role.logins];
  const logins = [role.web, role.worker, ...Array.from({ length: shards }, (_, shard) => role.login(shard))];
  const { rows } = await admin.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname like 'bailiwick%'`,
  );
  const known = new Set(rows.map((row) => row.rolname));
  for (const name of groups) if (!known.has(name)) await admin.query(`create role ${name} nologin noinherit`);
  for (const name of [...logins, role.provisioner]) {
    if (!known.has(name)) await admin.query(`create role ${name} login`);
    await admin.query(`alter role ${name} password ${admin.escapeLiteral(loginPassword(secret, name))}`);
  }
  for (const name of logins) {
    if (known.has(name)) continue;
    await admin.query(`alter role ${name} ${limits.replaceAll('%name', name)}`);
    await admin.query(`alter role ${name} set idle_in_transaction_session_timeout = '60s'`);
  }
  await admin.query(`alter role ${role.provisioner} createrole`);
  await admin.query(`grant ${role.owner} to ${role.provisioner} with inherit true, set true`);
  await admin.query(`grant ${role.jobs} to ${role.worker} with inherit true, set false`);
  for (let shard = 0; shard < shards; shard += 1) {
    await admin.query(`grant ${role.logins} to ${role.login(shard)} with inherit true, set false`);
  }
  await admin.query(`grant ${role.owner}, ${role.jobs} to current_user with set true`);
}

async function makeSchemas(admin: pg.Client): Promise<void> {
  await admin.query(`
    create schema if not exists shared authorization ${role.owner};
    grant usage on schema shared to ${role.web}, ${role.worker}, ${role.logins};
    create schema if not exists jobs authorization ${role.jobs};
    grant usage on schema jobs to public;
  `);
}

async function makeQueue(address: Address): Promise<void> {
  const pool = new pg.Pool({ ...address, max: 1, options: `-c role=${role.jobs}` });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    await runMigrations({ pgPool: pool });
  } finally {
    await pool.end();
  }
}

/**
 * The only door from a tenant to the queue. It writes the tenant's name itself, from the role that the caller has:
 * a tenant cannot enqueue work for another one. The installation's own jobs go first: nobody's mail waits for a book.
 * The same for notices: a tenant may say that some of its people were told something, or that something of its own has
 * changed, for everybody in it or for some, and nothing else.
 */
const queueDoor = `
  set role ${role.jobs};
  create or replace function jobs.enqueue_tenant(task text, payload jsonb, job_key text, run_at timestamptz) returns void
  language plpgsql security definer set search_path = '' as $$
  declare tenant text := current_setting('role');
  begin
    if tenant !~ '^tenant_[a-z0-9]{16}$' then
      raise exception 'enqueue_tenant is for tenants' using errcode = '42501';
    end if;
    perform graphile_worker.add_job(
      'tenant:' || task, payload => (payload || jsonb_build_object('tenant', tenant))::json,
      job_key => tenant || ':' || job_key, run_at => run_at, max_attempts => 8, priority => 10
    );
  end $$;
  create or replace function jobs.enqueue(task text, payload jsonb, job_key text, run_at timestamptz) returns void
  language plpgsql security definer set search_path = '' as $$
  begin
    perform graphile_worker.add_job(
      task, payload => payload::json, job_key => job_key, run_at => run_at, max_attempts => 12
    );
  end $$;
  create or replace function jobs.tell_accounts(accounts uuid[]) returns void
  language plpgsql security definer set search_path = '' as $$
  declare tenant text := current_setting('role');
  begin
    if tenant !~ '^tenant_[a-z0-9]{16}$' then
      raise exception 'tell_accounts is for tenants' using errcode = '42501';
    end if;
    perform pg_catalog.pg_notify('${channel}', 'notifications:' || tenant || ' ' || account)
    from pg_catalog.unnest(accounts) as account;
  end $$;
  create or replace function jobs.tell_change(kind text, id uuid, accounts uuid[]) returns void
  language plpgsql security definer set search_path = '' as $$
  declare tenant text := current_setting('role');
  begin
    if tenant !~ '^tenant_[a-z0-9]{16}$' or kind !~ '^[a-z]{1,20}$' then
      raise exception 'tell_change is for tenants' using errcode = '42501';
    end if;
    perform pg_catalog.pg_notify('${channel}', 'changes:' || tenant || ' ' || kind || ' ' || id || coalesce(' ' || account, ''))
    from pg_catalog.unnest(coalesce(accounts, array[null]::uuid[])) as account;
  end $$;
  revoke all on function jobs.enqueue_tenant(text, jsonb, text, timestamptz) from public;
  grant execute on function jobs.enqueue_tenant(text, jsonb, text, timestamptz) to public;
  revoke all on function jobs.tell_accounts(uuid[]) from public;
  grant execute on function jobs.tell_accounts(uuid[]) to public;
  revoke all on function jobs.tell_change(text, uuid, uuid[]) from public;
  grant execute on function jobs.tell_change(text, uuid, uuid[]) to public;
  revoke all on function jobs.enqueue(text, jsonb, text, timestamptz) from public;
  grant execute on function jobs.enqueue(text, jsonb, text, timestamptz) to ${role.web}, ${role.logins}, ${role.worker};
  reset role;
`;
