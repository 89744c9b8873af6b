-- GV-4: accounts that a self-test of isolation made for itself. The workspaces that they own are canaries: they live for
-- as long as the test, and are in nobody's list.
create table shared.canaries (
  account_id uuid primary key references shared.accounts (id) on delete cascade,
  begun_at timestamptz not null default now()
);
grant select, delete on shared.canaries to bailiwick_web;
-- In the transaction that opens the workspace, so that none is ever seen unmarked.
grant insert, select on shared.canaries to bailiwick_logins;
