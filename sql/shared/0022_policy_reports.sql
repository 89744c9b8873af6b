-- CR-3: what browsers say that the policy of a page has stopped, counted. The path is the pattern of a route, never an
-- address that somebody had open, and nothing of the page is kept. Thirty days.
create table shared.policy_reports (
  day date not null default (now() at time zone 'UTC')::date,
  directive text not null,
  path text not null,
  reports integer not null default 1 check (reports > 0),
  primary key (day, directive, path)
);
grant select, insert, update, delete on shared.policy_reports to bailiwick_web;
