-- A running answer belongs to one process. The process renews the lease; when it is over, the answer was interrupted.
alter table messages add column lease_until timestamptz;
create unique index messages_running_key on messages (conversation_id) where status = 'running';
