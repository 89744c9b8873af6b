-- Private to its member: every statement about conversations names the account (IS-5).
create table conversations (
  id uuid primary key,
  account_id uuid not null,
  agent_id uuid not null references agents (id),
  title bytea not null,
  search_tags bytea[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index conversations_account_idx on conversations (account_id, updated_at desc);
create index conversations_search_idx on conversations using gin (search_tags);

create table messages (
  id uuid primary key,
  conversation_id uuid not null references conversations (id) on delete cascade,
  author text not null check (author in ('member', 'agent')),
  body bytea not null,
  status text not null check (status in ('complete', 'running', 'stopped', 'failed')),
  failure text,
  provider text,
  model text,
  input_tokens integer,
  output_tokens integer,
  created_at timestamptz not null default now(),
  completed_at timestamptz
);
create index messages_conversation_idx on messages (conversation_id, created_at);

create table tool_calls (
  id uuid primary key,
  message_id uuid not null references messages (id) on delete cascade,
  ordinal integer not null,
  tool text not null,
  arguments bytea not null,
  result bytea,
  outcome text not null check (outcome in ('running', 'done', 'refused', 'failed')),
  duration_ms integer,
  created_at timestamptz not null default now()
);
create index tool_calls_message_idx on tool_calls (message_id, ordinal);

-- No reference to chunks: a citation outlives the document it named, and then says so.
create table citations (
  message_id uuid not null references messages (id) on delete cascade,
  number integer not null,
  document_id uuid not null,
  chunk_id uuid not null,
  title bytea not null,
  primary key (message_id, number)
);

grant select, insert, update, delete on conversations, messages, tool_calls, citations to :tenant;
