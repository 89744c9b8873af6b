-- What each login may do on shared tables, and nothing else. Tenant logins never see a password hash or a session.
grant select, insert, update, delete on
  shared.accounts, shared.signups, shared.sessions, shared.rate_limits, shared.mails, shared.invitations
  to bailiwick_web;
grant select, insert on shared.platform_events to bailiwick_web;
grant select on shared.tenants, shared.tenant_keys, shared.memberships, shared.deletions to bailiwick_web;

grant select (id, email, username, name, created_at) on shared.accounts to bailiwick_logins;
grant insert on shared.accounts to bailiwick_logins;
grant select (id), delete on shared.signups to bailiwick_logins;
grant select on shared.tenants to bailiwick_logins;
grant update (status, slug, name, claimed_at) on shared.tenants to bailiwick_logins;
grant select, insert on shared.tenant_keys to bailiwick_logins;
grant select, insert, update, delete on shared.memberships, shared.invitations to bailiwick_logins;
grant insert on shared.mails to bailiwick_logins;
grant insert on shared.deletions to bailiwick_logins;
grant select on shared.migrations to bailiwick_web;
