-- AG-11: the work of an agent on a task, on the authority of whoever gave it the task, and with no more rights. `chain`:
-- the agents through whose hands the task came to it, so that they cannot go on giving it to each other. `reason` is in
-- the product's own words.
create table task_works (
  id uuid primary key,
  task_id uuid not null references tasks (id) on delete cascade,
  agent_id uuid not null references agents (id),
  account_id uuid not null,
  account_name text not null,
  chain uuid[] not null default '{}',
  state text not null default 'queued'
    check (state in ('queued', 'working', 'asking', 'done', 'failed', 'interrupted', 'stopped')),
  reason text,
  conversation_id uuid references conversations (id) on delete set null,
  message_id uuid,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
-- One at a time: what comes next waits for the one before.
create unique index task_works_open_key on task_works (task_id) where state in ('working', 'asking');
create unique index task_works_queued_key on task_works (task_id) where state = 'queued';
create index task_works_task_idx on task_works (task_id, id desc);
create index task_works_conversation_idx on task_works (conversation_id);
create index task_works_message_idx on task_works (message_id);

-- Of the comment with which a work ended.
alter table task_entries add column work_id uuid;

grant select, insert, update, delete on task_works to :tenant;
