-- Somebody who came by Google, GitHub or a passkey has no password until they choose one.
alter table shared.accounts alter column password_hash drop not null;
-- True when the password was accepted because there is a second factor: too short to be the only one.
alter table shared.accounts add column short_password boolean not null default false;

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

-- AC-7. One that signs in needs nothing beside it: it is found without a name, and has verified its user.
create table shared.passkeys (
  id uuid primary key,
  credential_id bytea not null constraint passkeys_credential_key unique,
  account_id uuid not null references shared.accounts (id) on delete cascade,
  name text not null,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null default '{}',
  signs_in boolean not null,
  backup_eligible boolean not null,
  backed_up boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index passkeys_account_idx on shared.passkeys (account_id);

-- What an authenticator was asked to sign: taken once, by the browser that asked, for what it asked. Nobody is known yet at a sign-in.
create table shared.passkey_challenges (
  challenge_hash bytea primary key,
  purpose text not null check (purpose in ('registration', 'sign-in', 'second-step', 'proof')),
  account_id uuid references shared.accounts (id) on delete cascade,
  browser_hash bytea not null,
  expires_at timestamptz not null
);
create index passkey_challenges_account_idx on shared.passkey_challenges (account_id);
create index passkey_challenges_expires_idx on shared.passkey_challenges (expires_at);

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

-- AC-3: six digits, for one browser, which has one at a time. Without an account it is a decoy, which costs what a real
-- one does. Its hash comes with the mail, from a job, so that asking takes the same time for a decoy.
create table shared.one_time_codes (
  id uuid not null constraint one_time_codes_id_key unique,
  purpose text not null check (purpose in ('sign-in', 'second-step', 'proof')),
  account_id uuid references shared.accounts (id) on delete cascade,
  browser_hash bytea not null,
  -- Whose guesses count together: the account's, or those of a name that has none.
  subject text not null,
  code_hash bytea,
  -- Where it was asked for, as the mail tells its reader.
  device text not null,
  address text not null,
  tries integer not null default 0,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (browser_hash, purpose)
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

-- AC-8. Without an account it is a decoy: an unknown name costs what a known one does. The job that mails the link makes
-- its token, and sets when it ends; a change of the password or the address ends it sooner.
create table shared.recoveries (
  id uuid primary key,
  reference text not null,
  account_id uuid references shared.accounts (id) on delete cascade,
  token_hash bytea constraint recoveries_token_key unique,
  address text not null,
  device text not null,
  request_id text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  used_at timestamptz
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
  shared.logins, shared.passkeys, shared.passkey_challenges, shared.authenticators, shared.recovery_codes, shared.one_time_codes,
  shared.challenges, shared.recoveries, shared.address_changes
  to bailiwick_web;
grant select, insert, delete on shared.account_events to bailiwick_web;
-- A sign-up by a provider opens a workspace and its login in one transaction, and ends what others had begun with its
-- address.
grant insert on shared.logins to bailiwick_logins;
grant select (email) on shared.signups to bailiwick_logins;
grant select (email), delete on shared.address_changes to bailiwick_logins;
