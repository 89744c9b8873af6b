// Importing a feature's jobs.ts or tools.ts tells the runner and the gateway about them: this is the whole list.
import './features/accounts/recovery/jobs.js';
import './features/accounts/codes/jobs.js';
import './features/accounts/sign-in/jobs.js';
import './features/assurance/jobs.js';
import './features/calendar/jobs.js';
import './features/calendar/tools.js';
import './features/conversations/jobs.js';
import './features/conversations/tools.js';
import './features/decisions/jobs.js';
import './features/disclosure/jobs.js';
import './features/exports/jobs.js';
import './features/knowledge/jobs.js';
import './features/knowledge/tools.js';
import './features/members/jobs.js';
import './features/notifications/jobs.js';
import './features/pages/tools.js';
import './features/spaces/tools.js';
import './features/status/jobs.js';
import './features/tasks/jobs.js';
import './features/tasks/tools.js';
import './features/usage/jobs.js';
import './features/workspaces/jobs.js';
import './mail/deliver.js';
import { offerWebTools } from './features/web/tools.js';

/** For whoever starts a process: names the side effect above, and adds what depends on the settings. */
export function collectJobs(): void {
  offerWebTools();
}
