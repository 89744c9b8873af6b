create table shared.accounts (
  id uuid primary key,
  email text not null constraint accounts_email_key unique check (email = lower(email) and length(email) <= 254),
  username text not null constraint accounts_username_key unique check (username = lower(username)),
  name text not null,
  password_hash text not null,
  created_at timestamptz not null default now()
);

-- A sign-up is not an account until its address is confirmed, so an unverified account cannot exist.
create table shared.signups (
  id uuid primary key,
  email text not null,
  username text not null,
  password_hash text not null,
  workspace_name text not null,
  token_hash bytea not null constraint signups_token_key unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index signups_email_idx on shared.signups (email);

create table shared.sessions (
  sid text primary key,
  sess json not null,
  expire timestamptz not null,
  account_id uuid generated always as ((sess ->> 'accountId')::uuid) stored
);
create index sessions_account_idx on shared.sessions (account_id);
create index sessions_expire_idx on shared.sessions (expire);

create table shared.rate_limits (
  key text primary key,
  hits integer not null,
  resets_at timestamptz not null
);

-- Security events of people who are in no workspace, and of the installation itself.
create table shared.platform_events (
  id uuid primary key,
  at timestamptz not null default now(),
  event text not null,
  outcome text not null,
  account_id uuid,
  address text,
  request_id text,
  details jsonb not null default '{}'
);
