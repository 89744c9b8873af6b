-- Until when somebody has seen what happened to their account: what is newer is shown to them as news.
alter table shared.accounts add column events_seen_at timestamptz not null default now();
