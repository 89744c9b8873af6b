-- MB-3: what operators did, to which workspace. Both names stay when the workspace and the account are gone.
alter table shared.platform_events
  add column actor text,
  add column tenant_id text;
create index platform_events_at_idx on shared.platform_events (at desc, id desc);
create index platform_events_tenant_idx on shared.platform_events (tenant_id, at desc) where tenant_id is not null;

-- An operator's act changes the directory, leaves its event here and one in the workspace's audit, all or nothing.
grant insert on shared.platform_events to bailiwick_logins;
