-- KB-6: `roles` names built-in roles and ids of the workspace's own; `agents` those that may find it, null: all of them.
alter table documents add column agents uuid[];
alter table documents add column access_version integer not null default 1;

-- What the newest version changed for search. The old words in it lie sealed for a month at most, and go with the document.
create table document_comparisons (
  document_id uuid primary key references documents (id) on delete cascade,
  version integer not null,
  same integer not null,
  added integer not null,
  removed integer not null,
  changed integer not null,
  body bytea not null,
  created_at timestamptz not null default now()
);

create table knowledge_settings (
  id text primary key check (id = 'workspace'),
  keeps_gaps boolean not null default false,
  updated_at timestamptz not null default now()
);

-- Questions without a good passage. Nobody's: no account, no conversation, and days instead of instants, because an instant
-- could be held against the activity log. A dismissed one has no words any more.
create table knowledge_gaps (
  id uuid primary key,
  tag bytea not null unique,
  question bytea,
  times integer not null default 1,
  first_day date not null,
  last_day date not null
);
create index knowledge_gaps_last_idx on knowledge_gaps (last_day);

grant select, insert, update, delete on document_comparisons, knowledge_settings, knowledge_gaps to :tenant;
