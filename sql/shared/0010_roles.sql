-- MB-3: the roles that every workspace has.
alter table shared.memberships drop constraint memberships_role_check;
alter table shared.memberships add constraint memberships_role_check
  check (role in ('owner', 'admin', 'workspace-admin', 'agent-developer', 'analyst', 'member', 'user'));
alter table shared.invitations drop constraint invitations_role_check;
alter table shared.invitations add constraint invitations_role_check
  check (role in ('owner', 'admin', 'workspace-admin', 'agent-developer', 'analyst', 'member', 'user'));

-- Roles of a workspace's own, and its groups. They decide who may enter and do what, so they lie beside the
-- memberships. Every reference carries the workspace: a role or a group of another one cannot be attached.
create table shared.roles (
  id uuid primary key,
  tenant_id text not null references shared.tenants (id) on delete cascade,
  name text not null,
  description text not null default '',
  permissions text[] not null,
  created_at timestamptz not null default now(),
  constraint roles_tenant_key unique (tenant_id, id)
);
create unique index roles_name_key on shared.roles (tenant_id, lower(name));

create table shared.groups (
  id uuid primary key,
  tenant_id text not null references shared.tenants (id) on delete cascade,
  name text not null,
  description text not null default '',
  created_at timestamptz not null default now(),
  constraint groups_tenant_key unique (tenant_id, id)
);
create unique index groups_name_key on shared.groups (tenant_id, lower(name));

create table shared.role_members (
  tenant_id text not null,
  role_id uuid not null,
  account_id uuid not null,
  primary key (tenant_id, account_id, role_id),
  foreign key (tenant_id, role_id) references shared.roles (tenant_id, id) on delete cascade,
  foreign key (tenant_id, account_id) references shared.memberships (tenant_id, account_id) on delete cascade
);
create index role_members_role_idx on shared.role_members (tenant_id, role_id);

create table shared.group_members (
  tenant_id text not null,
  group_id uuid not null,
  account_id uuid not null,
  primary key (tenant_id, account_id, group_id),
  foreign key (tenant_id, group_id) references shared.groups (tenant_id, id) on delete cascade,
  foreign key (tenant_id, account_id) references shared.memberships (tenant_id, account_id) on delete cascade
);
create index group_members_group_idx on shared.group_members (tenant_id, group_id);

create table shared.group_roles (
  tenant_id text not null,
  group_id uuid not null,
  role_id uuid not null,
  primary key (tenant_id, group_id, role_id),
  foreign key (tenant_id, group_id) references shared.groups (tenant_id, id) on delete cascade,
  foreign key (tenant_id, role_id) references shared.roles (tenant_id, id) on delete cascade
);
create index group_roles_role_idx on shared.group_roles (tenant_id, role_id);

-- MB-8: a trial that has an end, what may be held and used, and the operator's stop.
alter table shared.tenants
  add column suspended_at timestamptz,
  add column trial_ends_at timestamptz,
  add column quotas jsonb not null default '{}';

-- How members must have signed in. A demand counts from its instant on; null is no demand.
create table shared.tenant_policies (
  tenant_id text primary key references shared.tenants (id) on delete cascade,
  second_factor_from timestamptz,
  no_passwords_from timestamptz,
  no_codes_from timestamptz,
  remember_browsers boolean not null default true,
  idle_minutes integer not null default 30 check (idle_minutes between 5 and 30),
  updated_at timestamptz not null default now()
);

grant select on
  shared.roles, shared.groups, shared.role_members, shared.group_members, shared.group_roles, shared.tenant_policies
  to bailiwick_web;
grant select, insert, update, delete on
  shared.roles, shared.groups, shared.role_members, shared.group_members, shared.group_roles, shared.tenant_policies
  to bailiwick_logins;
grant update (suspended_at, trial_ends_at, quotas) on shared.tenants to bailiwick_logins;
