-- AG-1: who is asked when the chosen model does not answer (null: everybody else in the operator's order; otherwise these
-- and nobody else), and what one answer may use up at most (an empty object: what the installation allows).
alter table agents add column fallbacks text[];
alter table agents add column budget jsonb not null default '{}';
