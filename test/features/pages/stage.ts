import { after, before } from 'node:test';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Member, openTeam, type Team } from '../members/team.js';
import { get, makeSpace, write } from './writing.js';

let server: TestServer;
export let acme: Team;
export let alice: Member;
export let bob: Member;
export let space: string;
export let guide: string;
export const rows = async (text: string, values: unknown[] = []) =>
  (await server.database.admin.query(text, values)).rows;

before(async () => {
  server = await startTestServer({ tenants: 2 });
  acme = await openTeam(server, 'Acme', 'alice');
  alice = acme.owner;
  bob = await acme.join('bob', 'member');
  space = await makeSpace(acme, alice, 'Handbook');
  guide = (await rows(`select id from ${acme.tenantId}.agents limit 1`))[0].id;
});

after(() => server?.close());

export const page = (title: string, body = '', parent = '') => write(acme, alice, { space, title, body, parent });
export const show = async (id: string, by = alice) => (await get(acme, by, `/pages/${id}`)).text;

export const versionsOf = (id: string) =>
  rows(
    `select version, account_id, agent_id, restored_from from ${acme.tenantId}.page_versions where page_id = $1 order by 1`,
    [id],
  );
