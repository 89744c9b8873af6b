import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { projectPath } from '../../../src/config.js';
import { type Taken, takeReport } from '../../../src/features/disclosure/actions.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import type { Answer } from '../../support/visitor.js';
import { type Operator, signInOperator } from '../platform/console.js';

export const operator = 'operator@bailiwick.test';
Object.assign(process.env, {
  TRUST_PROXY: 'loopback',
  SECURITY_CONTACT: 'security@bailiwick.test',
  SECURITY_OPERATOR: operator,
  PLATFORM_ADMINS: 'dora@acme.test',
  PLATFORM_ADDRESSES: '203.0.0.0/16',
});

const home = '/platform/reports';

export interface Desk {
  readonly server: TestServer;
  readonly dora: Operator;
  /** Posts a form of the triage as dora. */
  operate(path: string, fields?: Record<string, string>): Promise<Answer>;
  seenAt(path: string): Promise<string>;
}

/** An installation whose reports dora works on. */
export async function openDesk(): Promise<Desk> {
  const server = await startTestServer({ tenants: 1 });
  const dora = await signInOperator(server, 'dora');
  return {
    ...{ server, dora },
    async operate(path, fields = {}) {
      const _csrf = await dora.person.token('/platform');
      return dora.person.post(`${home}/${path}`, { ...fields, _csrf });
    },
    seenAt: async (path) => (await dora.person.get(`${home}${path}`)).text,
  };
}

/** One by form; `page` is how its reporter opens it. */
export async function report(subject: string, from = 'eve@researcher.test'): Promise<Taken & { page: string }> {
  const written = { from, name: 'Eve', subject, text: 'Steps <script>.' };
  const taken = await takeReport({ source: 'form', written, mayAnswer: true });
  assert.ok(taken?.link);
  return { ...taken, page: new URL(taken.link).pathname };
}

/** `reports ...` on the command line; answers what it says. */
export function command(...words: string[]): Promise<string> {
  const main = projectPath('dist', 'src', 'commands', 'main.js');
  const env = { ...process.env, STANDBY_TENANTS: '0', DATABASE_MIGRATE: 'off' };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [main, 'reports', ...words], { env }, (error, out, err) =>
      error ? reject(new Error(err)) : resolve(out),
    );
  });
}
