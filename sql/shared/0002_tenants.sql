-- The tenant directory. A tenant's id is the name of its schema and role, and says nothing about it.
create table shared.tenants (
  id text primary key check (id ~ '^tenant_[a-z0-9]{16}$'),
  slug text constraint tenants_slug_key unique,
  name text,
  status text not null check (status in ('standby', 'active', 'deleting')),
  login_shard smallint not null,
  region text not null default 'default',
  created_at timestamptz not null default now(),
  claimed_at timestamptz,
  check (status = 'standby' or (slug is not null and name is not null))
);
create index tenants_standby_idx on shared.tenants (created_at) where status = 'standby';

-- Data keys, each wrapped by the deployment's master key. Destroying a row makes its content unreadable.
create table shared.tenant_keys (
  tenant_id text not null references shared.tenants (id) on delete cascade,
  purpose text not null check (purpose in ('content', 'index')),
  generation integer not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, purpose, generation)
);

create table shared.memberships (
  tenant_id text not null references shared.tenants (id) on delete cascade,
  account_id uuid not null references shared.accounts (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member')),
  joined_at timestamptz not null default now(),
  primary key (tenant_id, account_id)
);
create index memberships_account_idx on shared.memberships (account_id);

create table shared.invitations (
  id uuid primary key,
  tenant_id text not null references shared.tenants (id) on delete cascade,
  email text not null,
  role text not null check (role in ('owner', 'admin', 'member')),
  token_hash bytea not null constraint invitations_token_key unique,
  invited_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create index invitations_tenant_idx on shared.invitations (tenant_id);

-- The receipt of a deleted workspace: what was counted before, and what was left after (IS-8).
create table shared.deletions (
  id uuid primary key,
  tenant_id text not null,
  slug text not null,
  name text not null,
  deleted_by uuid not null,
  requested_at timestamptz not null default now(),
  counted_before jsonb,
  counted_after jsonb,
  finished_at timestamptz
);
