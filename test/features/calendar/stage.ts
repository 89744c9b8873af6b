import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Agent } from '../../../src/features/agents/agent.js';
import { type FittingCall, toolNamed } from '../../../src/llm/tool.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { act, type Member, openTeam, type Team } from '../members/team.js';

export let server: TestServer;
export let acme: Team;
export let bob: Member;
export let anna: Member;
export let guide: Pick<Agent, 'id' | 'name'>;

before(async () => {
  server = await startTestServer({ tenants: 2 });
  acme = await openTeam(server, 'Acme', 'alice');
  bob = await acme.join('bob', 'member');
  anna = await acme.join('anna', 'admin');
  guide = { id: await one(`select id from ${acme.tenantId}.agents limit 1`), name: 'Guide' };
});

after(() => server?.close());

export async function one(statement: string): Promise<string> {
  const { rows } = await server.database.admin.query(statement);
  return String(Object.values(rows[0] ?? {})[0]);
}

export const usual = {
  title: 'Planning',
  startDate: '2026-03-23',
  startTime: '10:00',
  endTime: '11:00',
  timeZone: 'Europe/Berlin',
};

/** Makes an event by the form; answers its address. */
export async function made(
  fields: Record<string, string>,
  { by = acme.owner, people = [] as Member[] } = {},
): Promise<string> {
  const body = new URLSearchParams({ ...usual, ...fields, _csrf: await by.person.token('/profile') });
  for (const { id } of people) body.append('attendees', id);
  const answer = await by.person.send(`${acme.home}/calendar/events`, {
    method: 'POST',
    body,
    headers: { Origin: by.person.origin },
  });
  assert.equal(answer.status, 303, answer.text);
  return answer.location;
}

export const idOf = (address: string) => address.split('/').at(-1)?.split('?')[0] ?? '';

const versionOf = (address: string) =>
  one(`select version from ${acme.tenantId}.calendar_events where id = '${idOf(address)}'`);

export const below = (address: string) => address.slice(acme.home.length);

export const notices = async ({ id }: Member, kind: string) =>
  Number(
    await one(`select count(*) from ${acme.tenantId}.notifications where account_id = '${id}' and kind = '${kind}'`),
  );

export async function change(address: string, noun: string, fields: Record<string, string>, by = acme.owner) {
  const [path, query = ''] = address.split('?');
  return act(acme, by, `${below(path ?? '')}${noun}${query && `?${query}`}`, {
    version: await versionOf(address),
    ...fields,
  });
}

/** The days on which a month shows something with this title, in order. */
export async function daysIn(month: string, title: string, by = acme.owner): Promise<string[]> {
  const { text } = await by.person.get(`${acme.home}/calendar?view=agenda&date=${month}-01`);
  return text
    .split('<h3><a href="')
    .slice(1)
    .filter((day) => day.includes(`>${title}<`))
    .map(
      (day) =>
        `${/date=([\d-]+)/.exec(day)?.[1]}${/cancelled[^>]*>(?:(?!<\/a>).)*called off/s.test(day) ? ' off' : ''}`,
    );
}

/** What an agent's tool answers, in the transaction and with the rights that the gateway gives it. */
export async function called(name: string, given: object, by: Member): Promise<Record<string, unknown>> {
  const tool = toolNamed(name) ?? assert.fail(name);
  const call = tool.prepare(given);
  assert.notEqual(call.kind, 'unfit', JSON.stringify(call));
  const onBehalfOf = { ...acme.context.actor, accountId: by.id, name: by.name };
  assert.equal(onBehalfOf.kind, 'member');
  const actor = { kind: 'agent', agentId: guide.id, name: guide.name, onBehalfOf } as TenantContext['actor'];
  const context: TenantContext = { ...acme.context, actor, trigger: 'chat' };
  const scope = { id: guide.id, signal: new AbortController().signal, knowledge: 'all' } as Parameters<
    Extract<FittingCall, { kind: 'reads' }>['run']
  >[1];
  if (call.kind === 'reads') return (await call.run(context, scope)).result as Record<string, unknown>;
  assert.equal(call.kind, 'writes');
  if (call.kind !== 'writes') return {};
  return inTenant(context, tool.permission, async (db) => {
    await call.target(db, context);
    return (await call.act(db, context, scope)).result as Record<string, unknown>;
  });
}
