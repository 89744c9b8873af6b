-- One row a schema and migration, for the shared schema and every tenant's: one query tells what is pending.
create table shared.migrations (
  schema_name text not null,
  version text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (schema_name, version)
);
