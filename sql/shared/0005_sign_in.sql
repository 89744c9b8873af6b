-- AC-13: tries to sign in, by hashed key. A row counts failures; until `wait_until` no further try is looked at.
create table shared.sign_in_tries (
  key text primary key,
  failures integer not null,
  last_at timestamptz not null,
  wait_until timestamptz not null
);
create index sign_in_tries_last_idx on shared.sign_in_tries (last_at);

-- Browsers in which an account has signed in before, by the hash of a random cookie.
create table shared.devices (
  account_id uuid not null references shared.accounts (id) on delete cascade,
  device_hash bytea not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (account_id, device_hash)
);
create index devices_last_seen_idx on shared.devices (last_seen_at);

grant select, insert, update, delete on shared.sign_in_tries, shared.devices to bailiwick_web;
