-- IS-5: what a decision is about. Whoever may not see that may not see the decision, by the rule of the thing itself.
-- Null: about nothing that is there. Once it is gone its rule is gone, too: then those see the decision on whose approval it
-- went (`decided_by`), and everybody when it was there for everybody (`subject_open`).
alter table decisions
  add column subject_kind text,
  add column subject_id uuid,
  add column subject_open boolean not null default true,
  add column decided_by uuid[] not null default '{}',
  add constraint decisions_subject_check check ((subject_kind is null) = (subject_id is null));

-- Ids are made in the order of time: every list of the inbox reads one of these from its end.
drop index decisions_waiting_idx;
drop index decisions_account_idx;
create index decisions_waiting_idx on decisions (id) where status = 'waiting';
create index decisions_decided_idx on decisions (id) where status <> 'waiting';
create index decisions_account_idx on decisions (account_id, id);
create index decisions_tool_idx on decisions (tool, id);
create index decisions_agent_idx on decisions (agent_id, id);
