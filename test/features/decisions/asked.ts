import assert from 'node:assert/strict';
import { z } from 'zod';
import { defineTool } from '../../../src/llm/tool.js';
import type { TenantContext } from '../../../src/tenancy/context.js';
import type { Person } from '../accounts/people.js';
import { addDocument, type Cast, type Member } from '../conversations/cast.js';
import { ask, type StreamEvent } from '../conversations/stream.js';

/** What the tools of these tests did beyond the database. */
export const sent: { tool: string; to: string; callId: string }[] = [];
export const trouble: { now: 'none' | 'lost' } = { now: 'none' };

const Payment = z.object({ to: z.string().max(100), amount: z.number() });

function pay(name: string, repeatable: boolean): void {
  defineTool({
    ...{ name, label: `Pay (${name})`, description: 'For the tests.', permission: 'knowledge.read', effect: 'outside' },
    repeatable,
    input: Payment,
    amount: ({ amount }) => amount,
    says: ({ to, amount }) => `Pay ${amount} to ${to}`,
    async send(_context, { to }, { id }) {
      sent.push({ tool: name, to, callId: id });
      if (trouble.now === 'lost') throw new Error('the line went dead');
      return { result: { paid: true } };
    },
  });
}

pay('pay_once', false);
pay('pay_again', true);

export interface Waiting {
  readonly id: string;
  readonly path: string;
  readonly callId: string;
  readonly events: readonly StreamEvent[];
  /** `/w/acme/conversations/...` */
  readonly conversation: string;
}

/** Lets the model call one tool for a person, and answers the decision that waits then. */
export async function askedFor(
  cast: Cast,
  who: Member,
  call: { name: string; arguments: object; agent: string; first?: { name: string; arguments: object } },
): Promise<Waiting> {
  const { name, arguments: given } = call;
  cast.says(
    ...(call.first ? [{ calls: [call.first] }] : []),
    { text: 'I will do it.', calls: [{ name, arguments: given }] },
    { text: 'Gone on.' },
  );
  const stream = await ask(who.browser, who.context.tenant.slug, { text: 'Do it.', agent: call.agent });
  const events = await stream.rest();
  const waiting = events.findLast(({ event }) => event === 'tool');
  assert.equal(waiting?.data.outcome, 'waiting', JSON.stringify(waiting?.data));
  const { id, href } = z.object({ id: z.string(), href: z.string() }).parse(waiting?.data.decision);
  const conversation = events.find(({ event }) => event === 'message')?.data.url ?? '';
  return { id, path: href, callId: waiting?.data.id ?? '', events, conversation };
}

export async function deletionAsked(cast: Cast, who: Member, agent: string, title = 'Old handbook') {
  const document = await addDocument(who, title, 'Nobody needs this any more.');
  const waiting = await askedFor(cast, who, { name: 'delete_document', arguments: { document }, agent });
  return { ...waiting, document };
}

export async function digestOn(person: Person, path: string): Promise<string> {
  const { text } = await person.get(path);
  const digest = /name="digest" value="([0-9a-f]{64})"/.exec(text)?.[1];
  assert.ok(digest, `nothing to approve on ${path}`);
  return digest;
}

export async function approve(person: Person, path: string) {
  const digest = await digestOn(person, path);
  return person.submit(path, { digest }, `${path}/approval`);
}

export function systemOf({ acme }: Cast): TenantContext {
  return {
    tenant: acme,
    actor: { kind: 'system', name: 'decisions.run', may: ['decisions.update'] },
    trigger: 'job',
    requestId: 'test-job',
  };
}

export async function runNow(cast: Cast, id: string): Promise<void> {
  const { runDecision } = await import('../../../src/features/decisions/running/run.js');
  await runDecision(systemOf(cast), id);
}

export async function rowOf({ server, acme }: Cast, id: string) {
  const { rows } = await server.database.admin.query(`select * from ${acme.id}.decisions where id = $1`, [id]);
  return z.looseObject({ status: z.string() }).parse(rows[0]);
}

export async function exists({ server, acme }: Cast, document: string): Promise<boolean> {
  const { rows } = await server.database.admin.query(`select from ${acme.id}.documents where id = $1`, [document]);
  return rows.length > 0;
}
