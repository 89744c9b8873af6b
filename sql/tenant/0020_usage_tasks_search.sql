-- AG-3, KB-4: vectors of a provider are counted, too. What makes a document searchable is no agent's call, and nobody's where
-- nobody added the document. Calls of an account that was deleted stay in the sums without it.
alter table usage_calls
  alter column account_id drop not null,
  alter column agent_id drop not null,
  drop constraint usage_calls_purpose_check,
  add constraint usage_calls_purpose_check check (purpose in ('chat', 'test', 'search', 'index'));

-- Both are kept for so many months (features/usage/keeping.ts).
grant delete on usage_calls, usage_totals to :tenant;

-- AG-11: `unapproved`: it is over, and not all that it asked people for was allowed.
alter table task_works
  drop constraint task_works_state_check,
  add constraint task_works_state_check check (
    state in ('queued', 'working', 'asking', 'done', 'unapproved', 'failed', 'interrupted', 'stopped')
  );
