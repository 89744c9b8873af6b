-- AG-7: what somebody is told. Private to them: every statement about notifications names the account (IS-5).
-- A row that is not `in_page` waits for its mail only. `path` lies below the workspace's address.
create table notifications (
  id uuid primary key,
  account_id uuid not null,
  kind text not null check (kind in (
    'decision', 'mention', 'assigned', 'comment', 'finished', 'security', 'shared', 'reminder'
  )),
  subject_kind text not null,
  subject_id text not null,
  title bytea not null,
  actor_name text,
  path text not null check (path ~ '^/([A-Za-z0-9]|$)'),
  in_page boolean not null,
  mail text check (mail in ('now', 'hourly', 'daily')),
  created_at timestamptz not null default now(),
  read_at timestamptz,
  mailed_at timestamptz
);
create index notifications_account_idx on notifications (account_id, id desc) where in_page;
create index notifications_kind_idx on notifications (account_id, kind, id desc) where in_page;
create index notifications_unread_idx on notifications (account_id, id desc) where in_page and read_at is null;
create index notifications_subject_idx on notifications (subject_kind, subject_id) where read_at is null;
create index notifications_mail_idx on notifications (account_id, mail)
  where mail is not null and mailed_at is null and read_at is null;
create index notifications_mailed_idx on notifications (account_id, mailed_at) where mailed_at is not null;
create index notifications_read_idx on notifications (read_at) where read_at is not null;

-- What differs from the defaults.
create table notification_preferences (
  account_id uuid not null,
  kind text not null,
  in_page boolean not null,
  mail text check (mail in ('now', 'hourly', 'daily')),
  primary key (account_id, kind)
);

-- When a member's daily mail goes out, by the clock of their place.
create table notification_hours (
  account_id uuid primary key,
  hour smallint not null check (hour between 0 and 23),
  time_zone text not null
);

grant select, insert, update, delete on notifications, notification_preferences, notification_hours to :tenant;

-- Whether mails may name what they are about.
create table notification_policies (
  id text primary key check (id = 'workspace'),
  titles_in_mail boolean not null
);
grant select, insert, update on notification_policies to :tenant;
