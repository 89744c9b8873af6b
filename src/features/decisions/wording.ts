import type { Effect } from '../../llm/tool.js';
import type { Status } from './decision.js';
import type { Rule } from './policy/policy.js';

/** What comes of a call, in a few words. */
export const riskWords: Readonly<Record<Effect, string>> = {
  reads: 'Only looks',
  inside: 'Changes something here, can be undone',
  irreversible: 'Cannot be undone',
  outside: 'Leaves the workspace',
};

export const ruleWords: Readonly<Record<Rule, string>> = { run: 'Run', ask: 'Ask a person first', never: 'Never' };

export const statusWords: Readonly<Record<Status, string>> = {
  waiting: 'Waiting',
  approved: 'Approved, about to run',
  running: 'Approved, running',
  done: 'Approved and done',
  failed: 'Approved, but it failed',
  refused: 'Approved, but refused when it was to run',
  unknown: 'Approved, outcome unknown, not repeated',
  rejected: 'Rejected',
  expired: 'Expired: nobody decided in time',
  withdrawn: 'Withdrawn by who asked',
};

/** From where something was asked for. */
export const triggerWords: Readonly<Record<string, string>> = {
  page: 'A page',
  chat: 'A conversation',
  task: 'A task that was given to the agent',
  job: 'A conversation, going on after an earlier decision',
  command: 'The command line',
};
