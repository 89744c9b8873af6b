import assert from 'node:assert/strict';
import { newId } from '../../src/database/id.js';
import { NotFound } from '../../src/errors.js';
import { targetKindNamed } from '../../src/llm/target.js';
import type { FittingCall, Tool } from '../../src/llm/tool.js';
import type { TenantContext } from '../../src/tenancy/context.js';
import { inTenant, readTenant } from '../../src/tenancy/in-tenant.js';
import type { Kind, Names } from './places.js';

/** What the ids in the arguments of tools stand for. */
const kinds: Readonly<Record<string, Kind>> = {
  document: 'document',
  task: 'task',
  space: 'space',
  page: 'page',
  parent: 'page',
  before: 'page',
  event: 'calendar event',
  file: 'file',
};

/** What a call needs besides, to be judged for its id and for nothing else. */
const others: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  comment_task: { text: 'Mine now.' },
  update_task: { title: 'Mine now' },
  create_page: { title: 'Mine now', text: 'Mine now.' },
  update_page: { version: 1, text: 'Mine now.' },
  update_event: { version: 1, title: 'Mine now' },
  cancel_event: { version: 1 },
  delete_event: { version: 1 },
};

/** The arguments of a tool that are ids. Throws for one that this file has not heard of. */
export function idsOf(tool: Tool): { name: string; kind: Kind }[] {
  const { properties = {} } = tool.model.schema as { properties?: Record<string, { format?: string }> };
  return Object.entries(properties).flatMap(([name, { format }]) => {
    if (format !== 'uuid') return [];
    const kind = kinds[name];
    if (!kind) throw new Error(`test/routes/foreign-ids.ts does not know what ${name} of ${tool.name} is`);
    return [{ name, kind }];
  });
}

/** The call with all of its ids taken from one workspace. */
export function callWith(tool: Tool, names: Names): FittingCall {
  const ids = Object.fromEntries(idsOf(tool).map(({ name, kind }) => [name, names[kind]]));
  const prepared = tool.prepare({ ...others[tool.name], ...ids });
  assert.notEqual(prepared.kind, 'unfit', `${tool.name}: ${prepared.kind === 'unfit' ? prepared.problem : ''}`);
  return prepared as FittingCall;
}

interface Attempt {
  readonly tool: Tool;
  /** Whose things the ids name. */
  readonly names: Names;
  /** Who calls. */
  readonly context: TenantContext;
}

/** A tool either says that there is no such thing, or tells nothing of it. */
export async function assertFindsNothing({ tool, names, context }: Attempt): Promise<void> {
  const call = callWith(tool, names);
  const came: unknown = await carryOut({ tool, names, context }, call).catch((error: unknown) => error);
  const who = `${tool.name} for ${context.tenant.slug}`;
  if (tool.effect !== 'reads') return assert.ok(came instanceof NotFound, `${who}: ${String(came)}`);
  if (came instanceof NotFound) return;
  assert.ok(!(came instanceof Error), `${who}: ${String(came)}`);
  const told = JSON.stringify(came);
  for (const { kind } of idsOf(tool)) assert.ok(!told.includes(names[kind]), `${who} tells of a ${kind}`);
}

/** That the same call finds something for whom it belongs to: otherwise the test above would show nothing. */
export async function assertFinds({ tool, names, context }: Attempt): Promise<void> {
  const call = callWith(tool, names);
  if (call.kind === 'reads') return void (await carryOut({ tool, names, context }, call));
  await readTenant(context, tool.permission, (db) => call.target(db, context));
}

/**
 * That a call with ids says what it is about, and that it is of a kind whose own rule judges who decides over it, and which
 * is held while it runs (llm/target.ts).
 */
export async function assertDeclares({ tool, names, context }: Attempt): Promise<void> {
  const call = callWith(tool, names);
  const place = { conversationId: names.conversation };
  const target = await readTenant(context, tool.permission, (db) => call.target(db, context, place));
  const ids = idsOf(tool).map(({ kind }) => names[kind]);
  assert.ok(target && ids.includes(target.id), `${tool.name} does not say what it is about`);
  const kind = targetKindNamed(target.kind);
  assert.ok(kind, `${tool.name} is about a ${target.kind}, which no tools.ts defines`);
  assert.ok(call.kind !== 'writes' || kind.hold, `${tool.name} acts upon a ${target.kind}, which nothing holds`);
}

function carryOut({ tool, names, context }: Attempt, call: FittingCall): Promise<unknown> {
  const signal = AbortSignal.timeout(10_000);
  const scope = { id: newId(), signal, knowledge: 'all', conversationId: names.conversation } as const;
  if (call.kind === 'reads') return call.run(context, scope);
  if (call.kind === 'sends') return call.send(context, scope);
  return inTenant(context, tool.permission, (db) => call.act(db, context, scope));
}
