import pg from 'pg';
import { role } from './roles.js';

/**
 * Functions through which one injected expression could switch role, run dynamic SQL, read files, disturb other
 * tenants or leave something behind. Revoked from PUBLIC; given back to the few roles that need them (IS-2).
 */
const revoked = [
  'set_config',
  'query_to_%',
  'cursor_to_%',
  'table_to_%',
  'schema_to_%',
  'database_to_%',
  'ts_stat',
  'ts_rewrite',
  'pg_notify',
  'lo\\_%',
  'loread',
  'lowrite',
  'pg_advisory_%',
  'pg_try_advisory_%',
  'pg_export_snapshot',
  'pg_logical_emit_message',
  'pg_sleep%',
  'pg_cancel_backend',
  'pg_terminate_backend',
  'pg_read_%',
  'pg_ls_%',
  'pg_stat_file',
  'dblink%',
] as const;

const givenBack: Readonly<Record<string, readonly string[]>> = {
  set_config: [role.owner, role.provisioner, role.web, role.jobs, role.worker, role.logins],
  pg_notify: [role.owner, role.web, role.jobs, role.worker, role.logins],
  pg_advisory_xact_lock: [role.owner, role.provisioner, role.jobs, role.worker],
};

const listed = `
  select p.oid, p.oid::regprocedure::text as signature, p.proname as name
  from pg_catalog.pg_proc p
  where p.prokind in ('f', 'w')
    and exists (select from unnest($1::text[]) as pattern where p.proname like pattern)
`;

/** What of this the database did not allow, as function signatures: an operator's managed Postgres may refuse. */
export async function missingGuards(client: pg.Client | pg.Pool): Promise<string[]> {
  const { rows } = await client.query<{ signature: string }>(
    `select signature from (${listed}) as listed where has_function_privilege('public', oid, 'execute') order by signature`,
    [revoked],
  );
  return rows.map((row) => row.signature);
}

/** Revokes what is not yet revoked. Needs a superuser; without one Postgres warns and changes nothing. */
export async function raiseGuards(client: pg.Client): Promise<void> {
  const open = await missingGuards(client);
  if (open.length > 0)
    await client.query(open.map((name) => `revoke execute on function ${name} from public`).join(';'));
  const { rows } = await client.query<{ signature: string; name: string }>(listed, [Object.keys(givenBack)]);
  for (const { signature, name } of rows) {
    const grantees = givenBack[name];
    if (grantees) await client.query(`grant execute on function ${signature} to ${grantees.join(', ')}`);
  }
  await client.query(`
    revoke usage on language plpgsql, sql from public;
    grant usage on language plpgsql, sql to ${role.owner}, ${role.jobs};
    revoke all on schema public from public;
  `);
}

/**
 * A row that breaks a rule is written whole into Postgres' own log, as the detail of the error: with a password's hash,
 * with an address (V16.2.5). Terse errors have no detail. A database whose owner is no superuser may refuse this.
 */
export async function keepRowsOutOfLog(client: pg.Client): Promise<void> {
  for (const name of await loginsThatLogRows(client)) {
    try {
      await client.query(`alter role ${name} set log_error_verbosity = 'terse'`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== insufficientPrivilege) throw error;
      return;
    }
  }
}

const insufficientPrivilege = '42501';

/** Logins of ours whose errors have their detail in Postgres' log: none, when the whole server or database is terse. */
export async function loginsThatLogRows(client: pg.Client | pg.Pool): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select r.rolname as name
     from pg_catalog.pg_roles r, pg_catalog.pg_settings s
     where r.rolname like 'bailiwick%' and r.rolcanlogin
       and s.name = 'log_error_verbosity' and (s.setting <> 'terse' or s.source in ('user', 'database user', 'session'))
       and not coalesce('log_error_verbosity=terse' = any (r.rolconfig), false)
     order by r.rolname`,
  );
  return rows.map(({ name }) => name);
}

/** Rights on the database itself; unlike the rest they are not copied with a template. */
export async function setDatabaseRights(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select quote_ident(current_database()) as name');
  const database = rows[0]?.name;
  const everyone = [role.provisioner, role.web, role.worker, role.logins].join(', ');
  await client.query(`
    revoke temporary, connect on database ${database} from public;
    grant create on database ${database} to ${role.owner}, ${role.jobs};
    grant connect on database ${database} to ${everyone};
  `);
}
