-- GV-4: what the installation found of its own parts, every five minutes, for ninety days.
create table shared.status_probes (
  component text not null check (component in ('web', 'database', 'jobs', 'mail')),
  at timestamptz not null default now(),
  state text not null check (state in ('up', 'slow', 'down')),
  milliseconds integer not null check (milliseconds >= 0),
  primary key (component, at)
);
create index status_probes_at_idx on shared.status_probes (at);
grant select, insert, delete on shared.status_probes to bailiwick_web;
