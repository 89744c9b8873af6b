-- AG-6: a tool call that a person must allow first. `message_id` and `tool_call_id` name rows that may be gone.
create table decisions (
  id uuid primary key,
  tool_call_id uuid not null unique,
  message_id uuid not null,
  conversation_id uuid references conversations (id) on delete set null,
  agent_id uuid not null references agents (id),
  agent_name text not null,
  account_id uuid not null,
  account_name text not null,
  trigger text not null,
  request_id text not null,
  tool text not null,
  effect text not null check (effect in ('reads', 'inside', 'irreversible', 'outside')),
  background bytea not null,
  version integer not null default 1,
  status text not null default 'waiting' check (status in (
    'waiting', 'approved', 'running', 'done', 'failed', 'refused', 'unknown', 'rejected', 'expired', 'withdrawn'
  )),
  assigned_to uuid,
  result bytea,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  decided_at timestamptz,
  attempt uuid,
  lease_until timestamptz,
  finished_at timestamptz,
  announced_at timestamptz,
  continued_at timestamptz
);
create index decisions_waiting_idx on decisions (created_at desc, id desc) where status = 'waiting';
create index decisions_account_idx on decisions (account_id, created_at desc, id desc);
create index decisions_message_idx on decisions (message_id);
create index decisions_conversation_idx on decisions (conversation_id);

-- What would run, exactly. Version 1 is the agent's; whoever edits it makes the next one, with a digest of its own.
create table decision_versions (
  decision_id uuid not null references decisions (id) on delete cascade,
  version integer not null,
  arguments bytea not null,
  target bytea not null,
  summary bytea not null,
  digest bytea not null,
  edited_by uuid,
  created_at timestamptz not null default now(),
  primary key (decision_id, version)
);

-- What people did about it. An approval counts for the version and digest that it names, and for no other.
create table decision_steps (
  id uuid primary key,
  decision_id uuid not null references decisions (id) on delete cascade,
  step text not null check (step in ('approved', 'edited', 'rejected', 'delegated', 'withdrawn')),
  account_id uuid not null,
  account_name text not null,
  version integer not null,
  digest bytea not null,
  reason bytea,
  delegated_to uuid,
  created_at timestamptz not null default now()
);
create unique index decision_steps_approved_key on decision_steps (decision_id, version, account_id) where step = 'approved';

create table decision_policies (
  id text primary key check (id = 'workspace'),
  policy jsonb not null,
  updated_at timestamptz not null default now()
);

-- Exactly what was asked and who decided is added to, never changed.
grant select, insert on decision_versions, decision_steps to :tenant;
grant select, insert, update on decisions, decision_policies to :tenant;

alter table agents add column policies jsonb not null default '{}';

alter table messages drop constraint messages_author_check;
alter table messages add constraint messages_author_check check (author in ('member', 'agent', 'system'));
alter table tool_calls drop constraint tool_calls_outcome_check;
alter table tool_calls add constraint tool_calls_outcome_check
  check (outcome in ('running', 'waiting', 'done', 'refused', 'failed', 'rejected', 'expired', 'withdrawn', 'unknown'));
