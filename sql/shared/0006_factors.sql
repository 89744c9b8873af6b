-- Somebody who came by Google, GitHub or a passkey has no password until they choose one.
alter table shared.accounts alter column password_hash drop not null;

-- What happened to an account, for its owner: the person's own part of the audit, whatever workspaces they are in.
create table shared.account_events (
  id uuid primary key,
  account_id uuid not null references shared.accounts (id) on delete cascade,
  at timestamptz not null default now(),
  event text not null,
  outcome text not null default 'done' check (outcome in ('done', 'refused', 'failed')),
  address text,
  device text,
  request_id text,
  details jsonb not null default '{}'
);
create index account_events_account_idx on shared.account_events (account_id, at desc, id desc);

-- AC-4, AC-5: a login at a provider. No token of theirs is kept.
create table shared.logins (
  provider text not null check (provider in ('google', 'github')),
  subject text not null,
  account_id uuid not null references shared.accounts (id) on delete cascade,
  label text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  constraint logins_pkey primary key (provider, subject),
  constraint logins_account_key unique (account_id, provider)
);

-- AC-7.
create table shared.passkeys (
  credential_id bytea primary key,
  account_id uuid not null references shared.accounts (id) on delete cascade,
  name text not null,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}',
  backed_up boolean not null default false,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index passkeys_account_idx on shared.passkeys (account_id);

-- AC-6: one authenticator app an account. Until it is confirmed it counts for nothing; a step is taken once.
create table shared.authenticators (
  account_id uuid primary key references shared.accounts (id) on delete cascade,
  sealed_secret bytea not null,
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  last_step bigint not null default 0
);

-- The label is the first part of a code and finds its row, so that trying one costs one slow hash and not ten.
create table shared.recovery_codes (
  account_id uuid not null references shared.accounts (id) on delete cascade,
  label text not null,
  code_hash text not null,
  used_at timestamptz,
  primary key (account_id, label)
);

-- AC-3: six digits, for one browser. Without an account it is a decoy, which costs what a real one does.
create table shared.one_time_codes (
  id uuid primary key,
  purpose text not null check (purpose in ('sign-in', 'second-step', 'proof')),
  account_id uuid references shared.accounts (id) on delete cascade,
  browser_hash bytea not null,
  code_hash bytea not null,
  tries integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index one_time_codes_account_idx on shared.one_time_codes (account_id);
create index one_time_codes_expires_idx on shared.one_time_codes (expires_at);

-- The step between a right first factor and a session: for one browser, once.
create table shared.challenges (
  token_hash bytea primary key,
  account_id uuid not null references shared.accounts (id) on delete cascade,
  browser_hash bytea not null,
  method text not null,
  next text not null,
  tries integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  passed_at timestamptz
);
create index challenges_account_idx on shared.challenges (account_id);
create index challenges_expires_idx on shared.challenges (expires_at);

-- A browser that need not show the second factor again until then.
alter table shared.devices add column trusted_until timestamptz;

-- AC-8.
create table shared.recoveries (
  id uuid primary key,
  reference text not null,
  account_id uuid not null references shared.accounts (id) on delete cascade,
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint recoveries_token_key unique (token_hash)
);
create index recoveries_account_idx on shared.recoveries (account_id);

create table shared.address_changes (
  id uuid primary key,
  account_id uuid not null references shared.accounts (id) on delete cascade,
  email text not null,
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  constraint address_changes_token_key unique (token_hash),
  constraint address_changes_account_key unique (account_id)
);

grant select, insert, update, delete on
  shared.logins, shared.passkeys, shared.authenticators, shared.recovery_codes, shared.one_time_codes,
  shared.challenges, shared.recoveries, shared.address_changes
  to bailiwick_web;
grant select, insert, delete on shared.account_events to bailiwick_web;
-- A sign-up by a provider opens a workspace and its login in one transaction.
grant insert on shared.logins to bailiwick_logins;
