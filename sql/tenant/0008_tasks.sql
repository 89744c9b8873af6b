-- AG-11: the tasks of a workspace. What people write is sealed; what sorts and filters is plain.
-- One row: whoever holds it may give numbers and places, so that neither is given twice.
create table task_boards (
  id text primary key check (id = 'workspace'),
  last_number integer not null
);

-- Milliseconds in `updated_at`: a page of the list goes on from there, and no browser keeps more.
create table tasks (
  id uuid primary key,
  number integer not null unique,
  title bytea not null,
  description bytea not null,
  search_tags bytea[] not null default '{}',
  status text not null check (status in ('backlog', 'todo', 'doing', 'done', 'cancelled')),
  priority smallint not null check (priority between 0 and 4),
  position numeric not null,
  assignee_kind text check (assignee_kind in ('member', 'agent')),
  assignee_id uuid,
  due_on date,
  account_id uuid,
  account_name text not null,
  agent_id uuid,
  agent_name text,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz(3) not null default now(),
  finished_at timestamptz,
  archived_at timestamptz,
  check ((assignee_kind is null) = (assignee_id is null))
);
create unique index tasks_place_key on tasks (status, position) where archived_at is null;
create index tasks_updated_idx on tasks (updated_at desc, id desc) where archived_at is null;
create index tasks_open_idx on tasks (updated_at desc, id desc)
  where archived_at is null and status in ('backlog', 'todo', 'doing');
create index tasks_due_idx on tasks (coalesce(due_on, 'infinity'::date), id) where archived_at is null;
create index tasks_priority_idx on tasks (priority desc, id desc) where archived_at is null;
create index tasks_assignee_idx on tasks (assignee_id, updated_at desc, id desc) where archived_at is null;
create index tasks_agent_idx on tasks (updated_at desc, id desc) where archived_at is null and agent_id is not null;
create index tasks_archived_idx on tasks (updated_at desc, id desc) where archived_at is not null;
create index tasks_search_idx on tasks using gin (search_tags);

create table labels (
  id uuid primary key,
  name bytea not null,
  name_tag bytea not null,
  colour text not null check (colour in ('grey', 'teal', 'green', 'amber', 'red', 'blue', 'violet')),
  created_at timestamptz not null default now()
);
create unique index labels_name_key on labels (name_tag);

create table task_labels (
  task_id uuid not null references tasks (id) on delete cascade,
  label_id uuid not null references labels (id) on delete cascade,
  primary key (task_id, label_id)
);
create index task_labels_label_idx on task_labels (label_id, task_id);

-- Comments and what happened, in one order. `body` is the text of a comment, or the changes.
create table task_entries (
  id uuid primary key,
  task_id uuid not null references tasks (id) on delete cascade,
  kind text not null check (kind in ('created', 'changed', 'archived', 'restored', 'comment')),
  account_id uuid,
  account_name text not null,
  agent_id uuid,
  agent_name text,
  body bytea,
  created_at timestamptz not null default now(),
  edited_at timestamptz
);
create index task_entries_task_idx on task_entries (task_id, id desc);

grant select, insert, update, delete on task_boards, tasks, labels, task_labels, task_entries to :tenant;
