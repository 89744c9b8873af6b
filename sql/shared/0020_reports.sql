-- GV-5: triage. What a report says of a workspace, what is noted of it and who it thanks is sealed like the report.
alter table shared.reports drop constraint reports_state_check;
update shared.reports
set state = case state
  when 'accepted' then 'confirmed'
  when 'declined' then 'rejected'
  when 'resolved' then 'fixed'
  else case when answered_at is null then 'new' else 'acknowledged' end
end;
alter table shared.reports
  alter column state set default 'new',
  add constraint reports_state_check
    check (state in ('new', 'acknowledged', 'confirmed', 'fixed', 'rejected', 'duplicate')),
  add column duplicate_of uuid references shared.reports (id),
  -- The CVSS 4.0 vector, and its score, by which the list is filtered.
  add column severity text,
  add column score numeric(3, 1),
  -- Until when a person takes it up, and until when it is settled: 48 hours and 14 days, over weekends when wanted.
  add column acknowledge_by timestamptz,
  add column resolve_by timestamptz,
  -- Name and link that the reporter wants to be thanked with.
  add column credit bytea,
  add column consented_at timestamptz,
  add column published_at timestamptz,
  add constraint reports_published_check check (published_at is null or credit is not null);
update shared.reports
set acknowledge_by = received_at + interval '48 hours', resolve_by = received_at + interval '14 days', reminded = null;
alter table shared.reports
  alter column acknowledge_by set not null,
  alter column resolve_by set not null;
create index reports_open_idx on shared.reports (resolve_by) where closed_at is null;
create index reports_published_idx on shared.reports (published_at desc) where published_at is not null;

alter table shared.report_messages drop constraint report_messages_author_check;
alter table shared.report_messages
  -- A note is for operators alone.
  add constraint report_messages_author_check check (author in ('reporter', 'operator', 'note')),
  add column source text not null default 'page' check (source in ('page', 'mail', 'command')),
  -- The operator's name.
  add column writer text,
  add column message_tag bytea constraint report_messages_message_key unique,
  add column spf text,
  add column dkim text,
  add column dmarc text;

-- Which workspaces a report is about: known to operators, and nothing that the reporter is shown.
create table shared.report_tenants (
  report_id uuid not null references shared.reports (id) on delete cascade,
  tenant_id text not null references shared.tenants (id) on delete cascade,
  primary key (report_id, tenant_id)
);
create index report_tenants_tenant_idx on shared.report_tenants (tenant_id);

create table shared.report_answers (
  id uuid primary key,
  name text not null constraint report_answers_name_key unique,
  text text not null
);

-- What the operator tells everybody who looks for problems; one row.
create table shared.report_policy (
  one boolean primary key default true check (one),
  scope text not null,
  safe_harbour text not null,
  contact text not null,
  business_days boolean not null default false,
  changed_at timestamptz not null default now()
);

-- How far a mailbox was read. A mail's row and this one commit together, so that no mail is taken in twice.
create table shared.report_mailboxes (
  tag bytea primary key,
  uid_validity bigint not null,
  last_uid bigint not null,
  read_at timestamptz not null default now()
);

grant select, insert, update on shared.report_policy, shared.report_mailboxes to bailiwick_web;
grant select, insert, update, delete on shared.report_answers to bailiwick_web;
grant select, insert, delete on shared.report_tenants to bailiwick_web;
