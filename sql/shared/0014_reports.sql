-- GV-5: reports of security problems. What was written is sealed with the deployment's key.
create table shared.reports (
  id uuid primary key,
  reference text not null,
  source text not null check (source in ('mail', 'form')),
  state text not null default 'received' check (state in ('received', 'accepted', 'declined', 'resolved')),
  sealed bytea not null,
  -- Opens the reporter's own page, by the hash of what their link holds.
  token_hash bytea not null,
  -- Keyed hashes: a mail that comes twice is one report, and a sender gets one acknowledgement a day.
  message_tag bytea,
  sender_tag bytea,
  spf text,
  dkim text,
  dmarc text,
  received_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  answered_at timestamptz,
  assessed_at timestamptz,
  closed_at timestamptz,
  -- The last clock of which the operator was reminded.
  reminded text,
  constraint reports_reference_key unique (reference),
  constraint reports_token_key unique (token_hash),
  constraint reports_message_key unique (message_tag)
);
create index reports_received_idx on shared.reports (received_at desc);
create index reports_sender_idx on shared.reports (sender_tag, received_at desc);

create table shared.report_messages (
  id uuid primary key,
  report_id uuid not null references shared.reports (id) on delete cascade,
  author text not null check (author in ('reporter', 'operator')),
  sealed bytea not null,
  at timestamptz not null default now()
);
create index report_messages_report_idx on shared.report_messages (report_id, at);

-- Attachments are kept as they came and never opened here; they leave as downloads only.
create table shared.report_files (
  id uuid primary key,
  report_id uuid not null references shared.reports (id) on delete cascade,
  sealed bytea not null,
  bytes integer not null
);
create index report_files_report_idx on shared.report_files (report_id);

grant select, insert, update on shared.reports to bailiwick_web;
grant select, insert on shared.report_messages, shared.report_files to bailiwick_web;
