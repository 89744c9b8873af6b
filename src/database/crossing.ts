import { raw } from 'sql-template-tag';
import { z } from 'zod';
import { UpstreamFailed } from '../errors.js';
import type { Database } from './database.js';
import { isPostgresError } from './failure.js';
import { role, tenantRole } from './roles.js';
import { eachInItsOwnFlight, type TenantScope } from './scope.js';
import { type Sql, sql } from './sql.js';

const insufficientPrivilege = '42501';

/**
 * Tries, from within one tenant's scope, what an injected query would try: to read a table of another one. Answers
 * whether it was refused for lack of rights; undefined when there is no such table (it proves nothing then).
 */
export async function refusesCrossing(from: TenantScope, other: string, table: string): Promise<boolean | undefined> {
  const code = await codeOf(from, sql`select 1 from ${raw(`${tenantRole(other)}.${table}`)} limit 1`);
  if (code === '42P01' || code === '3F000') return undefined;
  return code === insufficientPrivilege;
}

export const verbs = ['select', 'insert', 'update', 'delete'] as const;
export type Verb = (typeof verbs)[number];

export interface Relation {
  /** Quoted where SQL needs it. */
  readonly name: string;
  /** Its first column, quoted as well. */
  readonly column: string;
}

/**
 * Which of the four verbs one tenant may use on a table of another: none, where isolation holds. Made for canaries: where
 * a guard is missing, an insert of nothing but defaults may leave a row; no other statement touches one.
 */
export async function openVerbs(from: TenantScope, other: string, { name, column }: Relation): Promise<Verb[]> {
  const table = raw(`${tenantRole(other)}.${name}`);
  const tried: Readonly<Record<Verb, Sql>> = {
    select: sql`select 1 from ${table} limit 1`,
    insert: sql`insert into ${table} default values`,
    // `default`, because reading the old value would need a second right.
    update: sql`update ${table} set ${raw(column)} = default where false`,
    delete: sql`delete from ${table} where false`,
  };
  const open: Verb[] = [];
  for (const verb of verbs) if ((await codeOf(from, tried[verb])) !== insufficientPrivilege) open.push(verb);
  return open;
}

/** Whether an expression can leave a tenant's role once it is set: back at the login, all tenants of its shard are open. */
export async function mayLeaveRole(from: TenantScope): Promise<boolean> {
  return (await codeOf(from, sql`select set_config('role', 'none', true)`)) !== insufficientPrivilege;
}

/**
 * Every table of a tenant, asked of the catalogue and not of a list that somebody keeps. By what depends on the schema,
 * because pg_class has no index by schema and holds the tables of every tenant.
 */
export async function listRelations(db: Database, tenantId: string): Promise<Relation[]> {
  return db.many(
    z.object({ name: z.string(), column: z.string() }),
    sql`
      select quote_ident(c.relname) as name, quote_ident(a.attname) as column
      from pg_catalog.pg_namespace n
      join pg_catalog.pg_depend d
        on d.refclassid = 'pg_catalog.pg_namespace'::regclass
        and d.refobjid = n.oid
        and d.classid = 'pg_catalog.pg_class'::regclass
      join pg_catalog.pg_class c on c.oid = d.objid
      cross join lateral (
        select attname from pg_catalog.pg_attribute
        where attrelid = c.oid and attnum > 0 and not attisdropped
        order by attnum limit 1
      ) a
      where n.nspname = ${tenantId}
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
      order by c.relname
    `,
  );
}

/** One digest over all rows of these tables, seen with the tenant's own role: another one after any change. */
export async function digestOfRows(own: TenantScope, relations: readonly Relation[]): Promise<string> {
  const db = eachInItsOwnFlight(own);
  const found: string[] = [];
  for (const { name } of relations) {
    const rows = sql`
      select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as digest
      from ${raw(`${tenantRole(own.tenantId)}.${name}`)} t
    `;
    found.push((await db.one(z.object({ digest: z.string() }), rows))?.digest ?? '');
  }
  return found.join(' ');
}

const StrangeRight = z.object({ tenantId: z.string(), what: z.string(), grantee: z.string(), right: z.string() });
export type StrangeRight = z.infer<typeof StrangeRight>;

/**
 * Rights on schemas, tables, columns and roles of tenants that somebody else than the tenant and the owner of all objects
 * has. Of one tenant, or of all at once: the catalogue is read once either way, and no row of anybody.
 */
export async function listStrangeRights(db: Database, tenantId?: string): Promise<StrangeRight[]> {
  return db.many(
    StrangeRight,
    sql`
      with tenants as (
        select t.id, t.login_shard, n.oid, n.nspacl
        from shared.tenants t
        join pg_catalog.pg_namespace n on n.nspname = t.id
        where t.status = 'active'
          and (${tenantId ?? null}::text is null or t.id = ${tenantId ?? null})
      ), relations as (
        select t.id, c.oid, c.relname, c.relacl
        from tenants t
        join pg_catalog.pg_depend d
          on d.refclassid = 'pg_catalog.pg_namespace'::regclass
          and d.refobjid = t.oid
          and d.classid = 'pg_catalog.pg_class'::regclass
        join pg_catalog.pg_class c on c.oid = d.objid
      ), rights as (
        select t.id, 'the schema' as what, a.grantee, a.privilege_type
        from tenants t cross join lateral aclexplode(t.nspacl) a
        union all
        select r.id, r.relname, a.grantee, a.privilege_type
        from relations r cross join lateral aclexplode(r.relacl) a
        union all
        select r.id, r.relname || '.' || c.attname, a.grantee, a.privilege_type
        from relations r
        join pg_catalog.pg_attribute c on c.attrelid = r.oid and c.attacl is not null
        cross join lateral aclexplode(c.attacl) a
        union all
        select t.id, 'the role', m.member, 'membership'
        from tenants t
        join pg_catalog.pg_roles own on own.rolname = t.id
        join pg_catalog.pg_auth_members m on m.roleid = own.oid and (m.set_option or m.inherit_option)
        join pg_catalog.pg_roles who on who.oid = m.member
        where who.rolname not in ('bailiwick_app_' || t.login_shard, ${role.provisioner})
      )
      select r.id as tenant_id, r.what, coalesce(g.rolname, 'everybody') as grantee, lower(r.privilege_type) as right
      from rights r
      left join pg_catalog.pg_roles g on g.oid = r.grantee
      where coalesce(g.rolname, 'everybody') not in (r.id, ${role.owner})
      order by r.id, r.what, grantee, r.privilege_type
    `,
  );
}

/** The code with which Postgres refused a statement, `done` when it did not. Throws when it could not be asked. */
async function codeOf(from: TenantScope, statement: Sql): Promise<string> {
  try {
    await eachInItsOwnFlight(from).run(statement);
    return 'done';
  } catch (error) {
    const code = codeIn(error);
    // A database that is away has refused nothing.
    if (code === undefined || error instanceof UpstreamFailed) throw error;
    return code;
  }
}

function codeIn(error: unknown): string | undefined {
  if (isPostgresError(error)) return error.code;
  return error instanceof Error && error.cause ? codeIn(error.cause) : undefined;
}
