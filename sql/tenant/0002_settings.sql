create table settings (
  id text primary key check (id = 'workspace'),
  instructions bytea,
  updated_at timestamptz not null default now()
);
grant select, insert, update, delete on settings to :tenant;
