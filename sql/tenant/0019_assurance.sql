-- GV-4: what a test of isolation found, as it was signed. Its text holds names of tables and routes, and no content.
create table self_tests (
  id uuid primary key,
  asked_at timestamptz not null default now(),
  -- Who asked for it; nobody when it was the week's.
  asked_by uuid,
  finished_at timestamptz,
  failed_at timestamptz,
  tried integer,
  refused integer,
  leaked integer,
  signed text,
  signature bytea
);
create index self_tests_asked_idx on self_tests (asked_at desc);
grant select, insert, update, delete on self_tests to :tenant;
