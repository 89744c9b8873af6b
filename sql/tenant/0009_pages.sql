-- AG-11: pages in spaces. A team space is for everybody who may read spaces; a private one for the people in space_people.
create table spaces (
  id uuid primary key,
  kind text not null check (kind in ('team', 'private')),
  name bytea not null,
  description bytea not null,
  version integer not null default 1,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- Whoever made a private space is among them.
create table space_people (
  space_id uuid not null references spaces (id) on delete cascade,
  account_id uuid not null,
  added_by uuid not null,
  added_at timestamptz not null default now(),
  primary key (space_id, account_id)
);
create index space_people_account_idx on space_people (account_id);

-- `archived_with` names the page whose archiving took this one along: itself, or one above it.
create table pages (
  id uuid primary key,
  space_id uuid not null references spaces (id) on delete cascade,
  parent_id uuid references pages (id) on delete cascade,
  position integer not null,
  title bytea not null,
  title_tag bytea not null,
  body bytea not null,
  search_tags bytea[] not null default '{}',
  version integer not null default 1,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_by uuid not null,
  updated_agent uuid references agents (id),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  archived_by uuid,
  archived_with uuid
);
create index pages_place_idx on pages (space_id, parent_id, position, id);
create index pages_parent_idx on pages (parent_id);
create index pages_recent_idx on pages (updated_at desc, id desc) where archived_at is null;
create index pages_space_recent_idx on pages (space_id, updated_at desc, id desc) where archived_at is null;
create index pages_archive_idx on pages (space_id, archived_at desc, id desc) where archived_with = id;
create index pages_archived_with_idx on pages (archived_with) where archived_with is not null;
create index pages_title_idx on pages (title_tag) where archived_at is null;
create index pages_search_idx on pages using gin (search_tags);

create table page_versions (
  page_id uuid not null references pages (id) on delete cascade,
  version integer not null,
  title bytea not null,
  body bytea not null,
  account_id uuid not null,
  agent_id uuid references agents (id),
  restored_from integer,
  created_at timestamptz not null default now(),
  primary key (page_id, version)
);

-- What somebody typed and has not saved: of a page, or of a new one in a space. `subject_id` is the one that is set.
create table page_drafts (
  account_id uuid not null,
  subject_id uuid not null,
  page_id uuid references pages (id) on delete cascade,
  space_id uuid references spaces (id) on delete cascade,
  base_version integer not null,
  title bytea not null,
  body bytea not null,
  saved_at timestamptz not null default now(),
  primary key (account_id, subject_id),
  check (subject_id = coalesce(page_id, space_id) and (page_id is null) <> (space_id is null))
);
create index page_drafts_page_idx on page_drafts (page_id);
create index page_drafts_space_idx on page_drafts (space_id);

-- The history grows and is never rewritten; it goes with its page.
grant select, insert on page_versions to :tenant;
grant select, insert, delete on space_people to :tenant;
grant select, insert, update, delete on spaces, pages, page_drafts to :tenant;
