-- AU-1, AU-2: append-only by privilege. The tenant's role may insert and select, nothing else.
create table audit_events (
  id uuid primary key,
  at timestamptz not null default clock_timestamp(),
  category text not null,
  event text not null,
  outcome text not null check (outcome in ('done', 'refused', 'failed')),
  actor_kind text not null check (actor_kind in ('member', 'agent', 'system')),
  account_id uuid,
  agent_id uuid,
  actor_name text not null,
  subject_kind text,
  subject_id text,
  trigger text not null,
  request_id text not null,
  address text,
  arguments_digest bytea,
  details jsonb not null default '{}'
);
create index audit_events_at_idx on audit_events (at desc, id desc);
create index audit_events_subject_idx on audit_events (subject_kind, subject_id, at desc);
grant select, insert on audit_events to :tenant;
