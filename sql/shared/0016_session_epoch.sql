-- Raised by whatever ends all sessions of an account: a sign-in that had begun before is too late, though it ends after.
alter table shared.accounts add column session_epoch integer not null default 0;
alter table shared.challenges add column session_epoch integer not null default 0;
grant select (session_epoch) on shared.accounts to bailiwick_logins;
