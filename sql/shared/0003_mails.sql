-- The outbox. Address and text are sealed with the deployment's key; a row goes when its mail is sent.
create table shared.mails (
  id uuid primary key,
  sealed bytea not null,
  tries integer not null default 0,
  last_error text,
  created_at timestamptz not null default now()
);
