-- GV-6: what the operator tells everybody about trouble and planned work.
create table shared.incidents (
  id uuid primary key,
  kind text not null check (kind in ('incident', 'maintenance')),
  title text not null check (length(title) between 1 and 120),
  components text[] not null check (cardinality(components) > 0 and components <@ array['web', 'database', 'jobs', 'mail']),
  severity text not null check (severity in ('notice', 'degraded', 'outage')),
  starts_at timestamptz not null,
  -- Of planned work: until when it is planned.
  ends_at timestamptz check (ends_at > starts_at),
  -- When it was over, as told by the update that says so; an update that says otherwise takes it back.
  closed_at timestamptz,
  created_at timestamptz not null default now(),
  constraint incidents_window_check check ((kind = 'maintenance') = (ends_at is not null))
);
create index incidents_closed_idx on shared.incidents (closed_at);

create table shared.incident_updates (
  id uuid primary key,
  incident_id uuid not null references shared.incidents,
  at timestamptz not null default now(),
  stage text not null check (
    stage in ('investigating', 'identified', 'watching', 'resolved', 'planned', 'under-way', 'finished', 'cancelled')
  ),
  text text not null check (length(text) between 1 and 4000)
);
create index incident_updates_incident_idx on shared.incident_updates (incident_id, at);

-- What was said stays said: an update is added, never changed, and nothing is taken away.
grant select, insert on shared.incidents, shared.incident_updates to bailiwick_web;
grant update (title, components, severity, starts_at, ends_at, closed_at) on shared.incidents to bailiwick_web;
