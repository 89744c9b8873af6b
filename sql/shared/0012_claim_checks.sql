-- GV-4: what the installation found when it last tested a claim of its own, and when it last found it kept.
create table shared.claim_checks (
  claim text primary key,
  state text not null check (state in ('enforced', 'partial', 'off')),
  evidence text not null,
  checked_at timestamptz not null default now(),
  passed_at timestamptz,
  -- Since when it is in this state.
  since timestamptz not null default now()
);
grant select, insert, update, delete on shared.claim_checks to bailiwick_web;
