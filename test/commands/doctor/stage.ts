import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { openTeam } from '../../features/members/team.js';
import { type MailServers, newMailServers } from '../../mail/mail-server.js';
import { type Certificate, newCertificate } from '../../support/certificate.js';
import { startTestServer, type TestServer } from '../../support/server.js';

export const folder = mkdtempSync(join(tmpdir(), 'bailiwick-doctor-'));
let server: TestServer;
export let certificate: Certificate;
export let mail: MailServers;
export const closing: (() => void)[] = [];

before(async () => {
  server = await startTestServer({ tenants: 3 });
  await openTeam(server, 'Acme', 'alice');
  certificate = newCertificate(['DNS:localhost', 'IP:127.0.0.1']);
  mail = newMailServers(certificate);
});

after(async () => {
  for (const close of closing) close();
  await mail?.stop();
  certificate?.remove();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

export const sql = (text: string) => server.database.admin.query(text);
