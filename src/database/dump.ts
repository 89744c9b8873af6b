import type pg from 'pg';

interface Table {
  oid: number;
  name: string;
}

/** A schema's present as readable SQL, from the catalog: columns, constraints, indexes, grants. Deterministic. */
export async function dumpSchema(client: pg.Client, schema: string, grantee?: string): Promise<string> {
  await client.query(`set search_path = ${schema}`);
  const { rows: tables } = await client.query<Table>(
    `select c.oid, quote_ident(c.relname) as name
     from pg_class c where c.relnamespace = $1::regnamespace and c.relkind = 'r' order by c.oid`,
    [schema],
  );
  const prefix = grantee ? '' : `${schema}.`;
  const parts: string[] = [];
  for (const table of tables) {
    const lines = [...(await columns(client, table)), ...(await constraints(client, table, prefix))];
    const body = lines.map((line) => `  ${line}`).join(',\n');
    parts.push(
      [`create table ${prefix}${table.name} (\n${body}\n);`, ...(await indexes(client, table, prefix))].join('\n'),
    );
  }
  const later = await forwardKeys(client, schema, prefix);
  if (later.length > 0) parts.push(later.join('\n'));
  parts.push((await grants(client, schema, prefix, grantee)).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

async function columns(client: pg.Client, table: Table): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
       case when a.attnotnull then 'not null' end,
       case when a.attgenerated = 's' then 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
            when d.adbin is not null then 'default ' || pg_get_expr(d.adbin, d.adrelid) end) as line
     from pg_attribute a
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
     order by a.attnum`,
    [table.oid],
  );
  return rows.map((row) => row.line);
}

async function constraints(client: pg.Client, table: Table, prefix: string): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select 'constraint ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) as line
     from pg_constraint where conrelid = $1 and contype in ('p', 'u', 'c', 'f') and confrelid <= conrelid
     order by array_position(array['p', 'u', 'c', 'f'], contype::text), conname`,
    [table.oid],
  );
  return rows.map((row) => row.line.replace(/ REFERENCES (?!\w+\.)/, ` REFERENCES ${prefix}`));
}

/** To a table that is made after its own: both must be there first. */
async function forwardKeys(client: pg.Client, schema: string, prefix: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; line: string }>(
    `select quote_ident(c.relname) as name, quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) as line
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where c.relnamespace = $1::regnamespace and k.contype = 'f' and k.confrelid > k.conrelid
     order by c.oid, k.conname`,
    [schema],
  );
  const targets = (line: string) => line.replace(/ REFERENCES (?!\w+\.)/, ` REFERENCES ${prefix}`);
  return rows.map(({ name, line }) => `alter table ${prefix}${name} add constraint ${targets(line)};`);
}

async function indexes(client: pg.Client, table: Table, prefix: string): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select pg_get_indexdef(i.indexrelid) as line
     from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = $1 and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u'))
     order by c.relname`,
    [table.oid],
  );
  return rows.map((row) => `${row.line.replace(/ ON (\w+\.)?/, ` ON ${prefix}`)};`);
}

async function grants(client: pg.Client, schema: string, prefix: string, grantee?: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; who: string; rights: string }>(
    `select quote_ident(c.relname) as name, a.grantee::regrole::text as who,
       string_agg(lower(a.privilege_type), ', ' order by a.privilege_type) as rights
     from pg_class c cross join lateral aclexplode(c.relacl) a
     where c.relnamespace = $1::regnamespace and c.relkind = 'r' and a.grantee <> c.relowner
     group by c.oid, c.relname, a.grantee::regrole::text
     union all
     select quote_ident(c.relname), a.grantee::regrole::text,
       lower(a.privilege_type) || ' (' || string_agg(quote_ident(t.attname), ', ' order by t.attnum) || ')'
     from pg_class c join pg_attribute t on t.attrelid = c.oid cross join lateral aclexplode(t.attacl) a
     where c.relnamespace = $1::regnamespace and c.relkind = 'r'
     group by c.oid, c.relname, a.grantee::regrole::text, a.privilege_type
     order by 1, 2, 3`,
    [schema],
  );
  return rows.map(({ name, who, rights }) => `grant ${rights} on ${prefix}${name} to ${grantee ? ':tenant' : who};`);
}
