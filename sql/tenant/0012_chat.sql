-- Every write of an answer names the attempt that it belongs to, and a lease that is not over: a process that stood still
-- and wakes up finds that it may not write any more.
alter table messages add column attempt uuid;

-- A question that was edited, or an answer that was asked for again, stands beside the other one, under the same parent.
alter table messages add column parent_id uuid references messages (id) on delete cascade;
update messages m
set parent_id = before.parent_id
from (
  select id, lag(id) over (partition by conversation_id order by created_at, id) as parent_id
  from messages
) before
where before.id = m.id and before.parent_id is not null;
create index messages_parent_idx on messages (parent_id);

-- Who may read a conversation beside its owner (IS-5).
create table conversation_shares (
  conversation_id uuid not null references conversations (id) on delete cascade,
  account_id uuid not null,
  account_name text not null,
  owner_name text not null,
  created_at timestamptz not null default now(),
  primary key (conversation_id, account_id)
);
create index conversation_shares_account_idx on conversation_shares (account_id, created_at desc);

-- What was read from a file that belongs to one conversation; the file itself is never kept (KB-3).
create table attachments (
  id uuid primary key,
  conversation_id uuid not null references conversations (id) on delete cascade,
  name bytea not null,
  media_type text not null,
  byte_size bigint not null,
  page_count integer,
  chunk_count integer not null,
  term_total bigint not null,
  created_at timestamptz not null default now()
);
create index attachments_conversation_idx on attachments (conversation_id, created_at);

create table attachment_chunks (
  id uuid primary key,
  attachment_id uuid not null references attachments (id) on delete cascade,
  ordinal integer not null,
  body bytea not null,
  constraint attachment_chunks_ordinal_key unique (attachment_id, ordinal)
);

create table attachment_postings (
  attachment_id uuid not null references attachments (id) on delete cascade,
  tag bytea not null,
  entries bytea not null,
  primary key (attachment_id, tag)
);

-- Last used first, without a sort, however many there are.
drop index conversations_account_idx;
create index conversations_account_idx on conversations (account_id, updated_at desc, id desc);

grant select, insert, delete on conversation_shares, attachments, attachment_chunks, attachment_postings to :tenant;
