create table agents (
  id uuid primary key,
  name text not null,
  role text not null,
  instructions bytea not null,
  model text,
  tools text[] not null,
  knowledge text not null check (knowledge in ('all', 'chosen', 'none')),
  version integer not null default 1,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz
);

create table agent_documents (
  agent_id uuid not null references agents (id) on delete cascade,
  document_id uuid not null references documents (id) on delete cascade,
  primary key (agent_id, document_id)
);
create index agent_documents_document_idx on agent_documents (document_id);

create table agent_versions (
  agent_id uuid not null references agents (id) on delete cascade,
  version integer not null,
  snapshot bytea not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (agent_id, version)
);

grant select, insert, update, delete on agents, agent_documents, agent_versions to :tenant;
