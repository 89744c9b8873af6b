import { after, before } from 'node:test';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Member, openTeam, type Team } from '../members/team.js';

export let server: TestServer;
export let acme: Team;
export let globex: Team;
export let bob: Member;
export let home: string;

before(async () => {
  server = await startTestServer({ tenants: 3 });
  acme = await openTeam(server, 'Acme', 'alice');
  globex = await openTeam(server, 'Globex', 'charlie');
  bob = await acme.join('bob', 'user');
  home = `${acme.home}/tasks`;
});

after(() => server?.close());

export const alice = () => acme.owner.person;

export const post = (path: string, fields: Record<string, string>, who = alice()) =>
  who.submit('/profile', fields, path.startsWith('/w/') ? path : `${home}${path}`);
