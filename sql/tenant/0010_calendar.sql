-- AG-11. What clocks on the wall show (`starts`, `ends`) is text: 2026-03-29T02:30 names no instant before its zone is
-- asked. `span` holds the instants of the whole series, so that a month is found by one index.
create table calendar_events (
  id uuid primary key,
  account_id uuid not null,
  agent_id uuid references agents (id),
  title bytea not null,
  description bytea not null,
  place bytea not null,
  search_tags bytea[] not null default '{}',
  visibility text not null check (visibility in ('team', 'private')),
  all_day boolean not null,
  starts text not null,
  ends text not null,
  time_zone text not null,
  recurrence text,
  last_on text,
  first_at timestamptz not null,
  last_at timestamptz,
  span tstzrange not null generated always as (tstzrange(first_at, last_at, '[]')) stored,
  reminder_minutes integer,
    version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  cancelled_at timestamptz
);
create index calendar_events_span_idx on calendar_events using gist (span);
create index calendar_events_account_idx on calendar_events (account_id);
create index calendar_events_search_idx on calendar_events using gin (search_tags);

-- One occurrence of a series that was called off, or takes place in another way, by the day that the rule has for it.
create table calendar_occurrences (
  event_id uuid not null references calendar_events (id) on delete cascade,
  on_day text not null,
  state text not null check (state in ('cancelled', 'changed')),
  title bytea,
  description bytea,
  place bytea,
  all_day boolean,
  starts text,
  ends text,
  time_zone text,
  primary key (event_id, on_day),
  check ((state = 'cancelled') = (starts is null))
);

create table calendar_attendees (
  event_id uuid not null references calendar_events (id) on delete cascade,
  account_id uuid not null,
  answer text not null default 'none' check (answer in ('none', 'going', 'maybe', 'no')),
  invited_at timestamptz not null default now(),
  answered_at timestamptz,
  primary key (event_id, account_id)
);
create index calendar_attendees_account_idx on calendar_attendees (account_id);

-- What an event was before each of its changes, so that the last one can be taken back.
create table calendar_versions (
  event_id uuid not null references calendar_events (id) on delete cascade,
  version integer not null,
  change text not null,
  snapshot bytea not null,
  account_id uuid,
  actor_name text not null,
  created_at timestamptz not null default now(),
  primary key (event_id, version)
);

-- A reminder that was given: there can be no second one of the same occurrence.
create table calendar_reminders (
  event_id uuid not null references calendar_events (id) on delete cascade,
  starts_at timestamptz not null,
  reminded_at timestamptz not null default now(),
  primary key (event_id, starts_at)
);

create table calendar_preferences (
  account_id uuid primary key,
  time_zone text not null,
  week_start text not null check (week_start in ('monday', 'saturday', 'sunday')),
  updated_at timestamptz not null default now()
);

grant select, insert, update, delete on
  calendar_events, calendar_occurrences, calendar_attendees, calendar_versions, calendar_reminders, calendar_preferences
  to :tenant;
