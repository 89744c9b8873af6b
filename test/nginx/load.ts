import assert from 'node:assert/strict';
import { openWorkspace } from '../../src/features/workspaces/opening.js';
import { goodPassword, insertPerson } from '../features/accounts/people.js';
import type { TestDatabase } from '../support/database.js';
import { type Answer, ask, type Question } from './ask.js';
import type { Edge } from './edge.js';

export interface Session {
  readonly edge: Edge;
  readonly headers: Readonly<Record<string, string>>;
  readonly home: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly token: string;
}

const tokenIn = (page: string) => /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
const cookiesOf = ({ headers }: Answer) => (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');

/** The owner of a workspace, signed in through the edge. */
export async function enterAsOwner(edge: Edge, database: TestDatabase): Promise<Session> {
  const { id } = await insertPerson({ database, origin: edge.origin, close: database.close }, 'alice');
  const from = { requestId: 'opening', address: '127.0.0.1' };
  const tenant = await openWorkspace({ name: 'Acme', owner: { id, name: 'alice' }, origin: from });
  const common = { accept: 'text/html', origin: edge.origin, 'content-type': 'application/x-www-form-urlencoded' };
  const form = await ask(edge, { path: '/sign-in', headers: common });
  const body = new URLSearchParams({ login: 'alice', password: goodPassword, _csrf: tokenIn(form.body) }).toString();
  const headers = { ...common, cookie: cookiesOf(form) };
  const entered = await ask(edge, { path: '/sign-in', method: 'POST', headers, body });
  assert.equal(entered.status, 303, entered.body);
  const signedIn = { ...common, cookie: cookiesOf(entered) };
  const home = `/w/${tenant.slug}`;
  const page = await ask(edge, { path: `${home}/tasks`, headers: signedIn });
  assert.equal(page.status, 200, page.body);
  return { edge, headers: signedIn, home, tenantId: tenant.id, accountId: id, token: tokenIn(page.body) };
}

/** Keeps reading and writing through the edge until it is told to stop. */
export function load({ edge, headers, home, token }: Session) {
  const wrong: string[] = [];
  const counts = { asked: 0, written: 0 };
  let going = true;
  const lane = async (question: () => Question, expected: number) => {
    while (going) {
      const asked = question();
      const status = await ask(edge, { headers, ...asked }).then(
        (answer) => answer.status,
        (error: Error) => error.message,
      );
      counts.asked += 1;
      if (status !== expected) wrong.push(`${asked.method} ${asked.path} ${status}`);
      else if (expected === 303) counts.written += 1;
    }
  };
  const read = () => ({ method: 'GET', path: `${home}/agents` });
  const write = () => {
    const body = new URLSearchParams({ title: `Task ${counts.asked}`, _csrf: token }).toString();
    return { method: 'POST', path: `${home}/tasks`, body };
  };
  const lanes = Promise.all([lane(read, 200), lane(read, 200), lane(write, 303), lane(write, 303)]);
  return {
    wrong,
    counts,
    async stop() {
      going = false;
      await lanes;
    },
  };
}
