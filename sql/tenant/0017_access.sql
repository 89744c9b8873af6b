-- IS-5: somebody may look, for an hour at most and without changing anything, into one private thing of a member, who is
-- told of it. The hour is kept by the table; a row says for ever who looked at what, and only its end can be written.
create table access_grants (
  id uuid primary key,
  kind text not null check (kind in ('conversation', 'space')),
  subject_id uuid not null,
  owner_id uuid not null,
  owner_name text not null,
  account_id uuid not null,
  account_name text not null,
  reason bytea not null,
  created_at timestamptz not null default now(),
  until timestamptz not null,
  ended_at timestamptz,
  check (until <= created_at + interval '60 minutes'),
  check (owner_id <> account_id)
);
create index access_grants_owner_idx on access_grants (owner_id, created_at desc);
create index access_grants_live_idx on access_grants (until) where ended_at is null;
grant select, insert on access_grants to :tenant;
grant update (ended_at) on access_grants to :tenant;

-- Who may do so: nobody, owners, or admins, too.
create table access_policies (
  id text primary key check (id = 'workspace'),
  allowed text not null check (allowed in ('nobody', 'owners', 'admins')),
  updated_at timestamptz not null default now()
);
grant select, insert, update on access_policies to :tenant;

-- MB-5: who has left, and when what was theirs alone is deleted, unless they come back before.
create table departures (
  account_id uuid primary key,
  account_name text not null,
  left_at timestamptz not null default now(),
  erase_at timestamptz not null
);
grant select, insert, update, delete on departures to :tenant;

-- Of a person who had their account deleted, what is shared keeps no name.
grant update (account_name, owner_name) on conversation_shares to :tenant;

-- GV-2: the workspace as one file, sealed in parts, for a day.
create table workspace_exports (
  id uuid primary key,
  account_id uuid not null,
  account_name text not null,
  status text not null default 'waiting' check (status in ('waiting', 'running', 'done', 'failed')),
  step text,
  byte_size bigint,
  digest bytea,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  expires_at timestamptz not null
);
create table workspace_export_parts (
  export_id uuid not null references workspace_exports (id) on delete cascade,
  ordinal integer not null,
  body bytea not null,
  primary key (export_id, ordinal)
);
grant select, insert, update, delete on workspace_exports to :tenant;
grant select, insert, delete on workspace_export_parts to :tenant;
