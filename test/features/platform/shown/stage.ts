import { after, before, beforeEach } from 'node:test';
import { takeReport } from '../../../../src/features/disclosure/actions.js';
import type { TestServer } from '../../../support/server.js';
import { act, type Team } from '../../members/team.js';
import { type Desk, type Operator, openDesk, putInConsole } from '../console.js';

process.env.PLATFORM_ADMINS = 'dora@acme.test';
process.env.PLATFORM_ADDRESSES = '203.0.0.0/16';
export let desk: Desk;
export let server: TestServer;
export let acme: Team;
export let dora: Operator;
export let incident: string;
export let report: string;
export let template: string;

export const trouble = {
  ...{ kind: 'incident', title: 'Mails arrive <late>', components: 'mail', severity: 'degraded' },
  text: '**We look into it.** <script>alert(1)</script> [x](javascript:alert(1)) [ours](https://example.org/a?b=1&c)',
};

before(async () => {
  desk = await openDesk();
  ({ server, acme, dora } = desk);
  await act(acme, acme.owner, '/knowledge/pasted', { title: 'canary-title', text: 'canary-text gives light.' });
  await act(acme, acme.owner, '/agents', { name: 'canary-agent', knowledge: 'none' });
  await act(acme, acme.owner, '/settings', { name: 'Acme', instructions: 'canary-instructions' });
  await act(acme, acme.owner, '/conversations', { text: 'canary-question' });
  await putInConsole(server, dora.id);
  incident = (await desk.operate('/platform/incidents', trouble)).location;
  const written = { from: '', name: '', subject: 'A hole', text: 'In acme.' };
  report = (await takeReport({ source: 'form', written, mayAnswer: false, attachments: [] }))?.reference ?? '';
  await desk.operate('/platform/reports/templates', { name: 'First answer', text: 'Thank you.' });
  const { rows } = await server.database.admin.query('select id from shared.report_answers');
  template = rows[0].id;
});

after(() => server?.close());
beforeEach(() => putInConsole(server, dora.id));
