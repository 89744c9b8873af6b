// Importing a feature's jobs.ts or tools.ts tells the runner and the gateway about them: this is the whole list.
import './features/accounts/recovery/jobs.js';
import './features/accounts/codes/jobs.js';
import './features/accounts/sign-in/jobs.js';
import './features/decisions/jobs.js';
import './features/disclosure/jobs.js';
import './features/knowledge/jobs.js';
import './features/knowledge/tools.js';
import './features/status/jobs.js';
import './features/workspaces/jobs.js';
import './mail/deliver.js';

/** Names the side effect above for whoever starts a process. */
export function collectJobs(): void {}
