-- GV-4: what cannot be tried yet, such as keeping two workspaces apart where there is one, is neither kept nor broken.
alter table shared.claim_checks drop constraint claim_checks_state_check;
alter table shared.claim_checks
  add constraint claim_checks_state_check check (state in ('enforced', 'partial', 'off', 'untried'));
