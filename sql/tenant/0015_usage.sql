-- AG-3: every call to a model, also those that failed. While a call is open its row holds the most that it can come to, so
-- that the sum of the rows is never less than what was used; a call whose process died stays at that.
-- Tokens in are all of them, those from and into the provider's cache among them. Money is in millionths; null: no price.
create table usage_calls (
  id uuid primary key,
  month date not null,
  at timestamptz not null default now(),
  account_id uuid not null,
  agent_id uuid not null,
  purpose text not null check (purpose in ('chat', 'test')),
  provider text not null,
  model text not null,
  state text not null check (state in ('open', 'done', 'failed', 'stopped')),
  tokens_in bigint not null,
  tokens_out bigint not null,
  tokens_cached bigint not null default 0,
  tokens_cache_written bigint not null default 0,
  estimated boolean not null,
  cost_micros bigint,
  currency text
);
create index usage_calls_month_idx on usage_calls (month, id desc);
create index usage_calls_account_idx on usage_calls (account_id, month, id desc);

-- What a month came to so far: of the `workspace`, and of each person by the id of the account. The rows that are locked
-- before a call, so that parallel calls cannot pass a limit together.
create table usage_totals (
  month date not null,
  holder text not null,
  tokens bigint not null default 0,
  cost_micros bigint not null default 0,
  warned_at timestamptz,
  primary key (month, holder)
);

-- AG-6: the most in a month. Of the `workspace`, of `everybody` (each person), and of a person who has a limit of their own.
create table usage_limits (
  holder text primary key,
  tokens bigint check (tokens >= 0),
  cost_micros bigint check (cost_micros >= 0),
  updated_at timestamptz not null default now()
);

grant select, insert, update on usage_calls, usage_totals to :tenant;
grant select, insert, update, delete on usage_limits to :tenant;

-- By which clock its months begin.
alter table settings add column time_zone text;

alter table notifications drop constraint notifications_kind_check;
alter table notifications add constraint notifications_kind_check check (kind in (
  'decision', 'mention', 'assigned', 'comment', 'finished', 'security', 'shared', 'reminder', 'usage'
));
