import { randomUUID } from 'node:crypto';
import { takeReport } from '../../src/features/disclosure/actions.js';
import { sessionKey } from '../../src/http/session-rows.js';
import type { Person } from '../features/accounts/people.js';
import { act, type Team } from '../features/members/team.js';
import type { TestServer } from '../support/server.js';
import { until } from '../support/until.js';
import { added, postForm } from './asking.js';
import { calendarEvent } from './forms.js';
import type { Names } from './places.js';
import { furnishShared } from './shared-rows.js';
import {
  askDecision,
  departedFrom,
  exportOf,
  grantOf,
  incidentOf,
  noteQuestion,
  pageOf,
  signedSelfTest,
  taskOf,
  tellOwner,
  unsubscriptionOf,
} from './things.js';

type One = (statement: string) => Promise<string>;

/** Something real of every kind. */
export async function furnish(server: TestServer, team: Team): Promise<Names> {
  const one: One = async (statement) => {
    const { rows } = await server.database.admin.query(statement);
    return String(Object.values(rows[0] ?? {})[0]);
  };
  const { tenantId } = team;
  const { person, id: owner } = team.owner;
  const talk = await talkOf(team, one);
  await act(team, team.owner, '/members/invitations', { email: `guest@${team.slug}.test`, role: 'member' });
  const other = await one(
    `select account_id from shared.memberships where tenant_id = '${tenantId}' and account_id <> '${owner}'`,
  );
  const shared = await furnishShared(server, team, other);
  const reported = await reportOf(server, team, one);
  const event = await added(person, team, '/calendar/events', { ...calendarEvent, attendees: owner });
  // The notice of the invitation is shown once, and not in the middle of a comparison.
  await person.get('/profile');
  return {
    workspace: team.slug,
    tenant: tenantId,
    guide: 'first-hour',
    version: '1',
    account: other,
    session: sessionKey(sessionIdOf(person)),
    ...talk,
    ...shared,
    ...reported,
    'self-test': await one(signedSelfTest(tenantId)),
    incident: await incidentOf(),
    gap: await noteQuestion(team, talk.document),
    ...(await pageOf(team)),
    ...(await taskOf(team)),
    notification: await tellOwner(team),
    decision: await askDecision(team, { agent: talk.agent, conversation: talk.conversation, account: other }),
    role: await one(`select id from shared.roles where tenant_id = '${tenantId}'`),
    group: await one(`select id from shared.groups where tenant_id = '${tenantId}'`),
    invitation: await one(`select id from shared.invitations where tenant_id = '${tenantId}' limit 1`),
    event: await one(`select id from ${tenantId}.audit_events limit 1`),
    passkey: await one(`select id from shared.passkeys where account_id = '${owner}'`),
    'calendar event': event,
    ...(await grantOf(team, other)),
    departed: await departedFrom(team),
    unsubscription: unsubscriptionOf(team),
    export: await exportOf(team),
  };
}

/** A question about a document, with a file beside it, and its answer. */
async function talkOf(team: Team, one: One) {
  const { tenantId } = team;
  const { person } = team.owner;
  const agent = await one(`select id from ${tenantId}.agents limit 1`);
  const document = await added(person, team, '/knowledge/pasted', { title: 'Lamps', text: 'A lamp gives light.' });
  const stage = `select stage from ${tenantId}.documents where id = '${document}'`;
  await until('the document was read', async () => (await one(stage)) !== 'reading');
  const conversation = await added(person, team, '/conversations', { text: 'What gives light?', agent });
  await postForm(person, `${team.home}/conversations/${conversation}/files`, { file: 'Wicks are made of cotton.' });
  const said = (author: string) =>
    `select id from ${tenantId}.messages where conversation_id = '${conversation}' and author = '${author}'`;
  return {
    ...{ agent, document, conversation },
    message: await one(said('agent')),
    question: await one(said('member')),
    file: await one(`select id from ${tenantId}.attachments where conversation_id = '${conversation}'`),
  };
}

/** A report with a file, and what the console answers it with. */
async function reportOf(server: TestServer, { slug }: Team, one: One) {
  const written = { from: '', name: '', subject: 'A hole', text: `In ${slug}.` };
  const report = await takeReport({
    ...{ source: 'form', written, mayAnswer: false },
    attachments: [{ name: 'a.txt', mediaType: 'text/plain', content: Buffer.from('Steps.') }],
  });
  const template = randomUUID();
  await server.database.admin.query(
    `insert into shared.report_answers (id, name, text) values ($1, $2, 'Thank you.')`,
    [template, `First answer of ${slug}`],
  );
  return {
    'report token': report?.link?.split('/').at(-1) ?? '',
    report: report?.reference ?? '',
    'report attachment': await one(`select id from shared.report_files order by id desc limit 1`),
    'report template': template,
  };
}

/** The cookie is `s:ID.signature`. */
function sessionIdOf(person: Person): string {
  return (
    decodeURIComponent(person.cookies.get('session') ?? '')
      .slice(2)
      .split('.')[0] ?? ''
  );
}
