create table documents (
  id uuid primary key,
  title bytea not null,
  source text not null check (source in ('upload', 'paste', 'address', 'sample')),
  media_type text not null,
  byte_size bigint not null,
  stage text not null check (stage in ('reading', 'chunking', 'indexing', 'done', 'failed')),
  progress smallint not null default 0 check (progress between 0 and 100),
  failure text,
  page_count integer,
  chunk_count integer not null default 0,
  term_total bigint not null default 0,
  version integer not null default 1,
  roles text[],
  created_by uuid,
  created_at timestamptz not null default now(),
  upload_deleted_at timestamptz,
  indexed_at timestamptz
);
create index documents_created_idx on documents (created_at desc);

-- The extracted text: all that is kept of an upload (KB-3).
create table document_texts (
  document_id uuid primary key references documents (id) on delete cascade,
  body bytea not null
);

create table chunks (
  id uuid primary key,
  document_id uuid not null references documents (id) on delete cascade,
  ordinal integer not null,
  body bytea not null,
  constraint chunks_ordinal_key unique (document_id, ordinal)
);

-- One row a blinded lexeme and document. `entries` packs 8 bytes a chunk, little-endian:
-- ordinal uint32, frequency uint16, length of the chunk in terms uint16.
create table postings (
  tag bytea not null,
  document_id uuid not null references documents (id) on delete cascade,
  entries bytea not null,
  primary key (tag, document_id)
);
create index postings_document_idx on postings (document_id);

-- One sealed blob a document and embedder: an int8 vector and its float32 scale for each chunk, in order.
create table embeddings (
  document_id uuid not null references documents (id) on delete cascade,
  embedder text not null,
  vectors bytea not null,
  primary key (document_id, embedder)
);

grant select, insert, update, delete on documents, document_texts, chunks, postings, embeddings to :tenant;
