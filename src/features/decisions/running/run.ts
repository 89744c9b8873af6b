import type { TenantDatabase } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { publish, tellHere } from '../../../database/shared.js';
import { Conflict, Failure } from '../../../errors.js';
import type { PreparedReading, PreparedSending, PreparedWriting, ToolResult } from '../../../llm/tool.js';
import { log } from '../../../log.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { inTenant, inTenantWithShared } from '../../../tenancy/in-tenant.js';
import { publishDecision } from '../topic.js';
import { type Checked, checkForRun, type Ready } from './check.js';
import { type Came, endDecision } from './ending.js';
import { type Held, holdDecision, markRunning } from './queries.js';
import { waitAgain } from './waiting-again.js';

/**
 * Runs an approved call exactly once, with exactly the arguments that were approved. What happens inside our database
 * commits together with its end; what does not is claimed first, so that a second try knows of the first. May be called
 * any number of times, by any process.
 */
export async function runDecision(system: TenantContext, id: string): Promise<void> {
  const next = await inTenantWithShared(
    system,
    'decisions.update',
    (shared) => publishDecision(shared, system.tenant, id),
    (db) => begin(db, system, id),
  );
  if (!next) return;
  const { prepared } = next.ready;
  if (prepared.kind === 'writes') await change(system, next, prepared);
  else await carryOut(system, next, prepared);
}

interface Begun {
  readonly held: Held;
  readonly ready: Ready;
  /** Null for what commits together with its end. */
  readonly attempt: string | null;
}

async function begin(db: TenantDatabase, system: TenantContext, id: string): Promise<Begun | undefined> {
  const held = await holdDecision(db, id);
  if (held?.status !== 'approved' && held?.status !== 'running') return undefined;
  // Somebody is at it, or was a moment ago: this job comes back when that is over.
  if (held.leased) throw new Conflict('This call is under way.');
  const hadBegun = held.status === 'running';
  const checked = await checkForRun(db, system, id);
  if (!('ready' in checked)) {
    if (hadBegun) await endDecision(db, system, { held }, lost);
    else await standDown(db, system, held, checked);
    return undefined;
  }
  const { ready } = checked;
  const { prepared } = ready;
  if (prepared.kind === 'writes') return { held, ready, attempt: null };
  if (hadBegun && !mayRepeat(prepared)) {
    await endDecision(db, ready.context, { held, ...ready }, lost);
    return undefined;
  }
  const attempt = newId();
  await markRunning(db, id, attempt);
  return { held, ready, attempt };
}

const mayRepeat = (prepared: PreparedReading | PreparedSending): boolean =>
  prepared.kind === 'reads' || prepared.repeatable;

/** Nothing has happened. What is wrong with the call ends it; what is only not approved any more waits again. */
async function standDown(
  db: TenantDatabase,
  system: TenantContext,
  held: Held,
  checked: Exclude<Checked, { ready: Ready }>,
): Promise<void> {
  if ('waits' in checked) await waitAgain(db, system, held);
  else await endDecision(db, system, { held }, { status: 'refused', shown: checked.refused });
}

/** As what a call stays when its process died, or its answer did not come, and nothing can tell whether it happened. */
export const lost: Came = {
  status: 'unknown',
  shown:
    'It had begun when the process stopped, and nobody knows whether it happened. It is not repeated: look, then ask again if it is needed.',
};

/** Inside our database: the row is held from the check to the end, so that there is no moment in between. */
async function change(system: TenantContext, { ready, held }: Begun, prepared: PreparedWriting): Promise<void> {
  const { context, tool, decision } = ready;
  const notice = prepared.publishes(context);
  const failure: { came?: Came } = {};
  const done = await inTenantWithShared(
    context,
    tool.permission,
    async (shared) => {
      if (notice) await publish(shared, notice.topic, notice.id);
      await publishDecision(shared, context.tenant, decision.id);
    },
    (db) =>
      changeIn(db, system, { ready, held }, prepared).catch((error: unknown) => {
        if (error instanceof ToolFailed) failure.came = failed(error.cause);
        throw error;
      }),
  ).catch(async (error: unknown) => {
    if (!failure.came) throw error;
    // What it did was rolled back; that it was tried is written down.
    const came = failure.came;
    await inTenant(system, 'decisions.update', (db) => endDecision(db, context, { held, ...ready }, came));
    return false;
  });
  if (!done) return;
  if (notice) tellHere(notice.topic, notice.id);
  await prepared.afterwards(context);
}

class ToolFailed extends Error {}

async function changeIn(
  db: TenantDatabase,
  system: TenantContext,
  known: Pick<Begun, 'ready' | 'held'>,
  prepared: PreparedWriting,
): Promise<boolean> {
  const { id } = known.held;
  const held = await holdDecision(db, id);
  if (held?.status !== 'approved') return false;
  const checked = await checkForRun(db, system, id);
  if (!('ready' in checked)) {
    await standDown(db, system, held, checked);
    return false;
  }
  const { ready } = checked;
  const began = performance.now();
  const result = await prepared.act(db, ready.context, ready.scope).catch((cause: unknown) => {
    throw new ToolFailed('the tool failed', { cause });
  });
  return endDecision(db, ready.context, { held, ...ready }, success(result, began));
}

/** Beyond our database: claimed before, told afterwards. */
async function carryOut(
  system: TenantContext,
  { held, ready, attempt }: Begun,
  prepared: PreparedReading | PreparedSending,
): Promise<void> {
  const { context, scope } = ready;
  const began = performance.now();
  const act = prepared.kind === 'reads' ? prepared.run : prepared.send;
  const came = await act(context, scope)
    .then((result) => success(result, began))
    // A tool that knows that nothing happened says so with a Failure; anything else may have happened.
    .catch((error: unknown) => (mayRepeat(prepared) || error instanceof Failure ? failed(error) : unknown(error)));
  await inTenantWithShared(
    system,
    'decisions.update',
    (shared) => publishDecision(shared, system.tenant, held.id),
    (db) => endDecision(db, context, { held, ...ready, attempt }, came),
  );
}

function success({ result }: ToolResult, began: number): Came {
  const durationMs = Math.round(performance.now() - began);
  return { status: 'done', shown: JSON.stringify(result ?? null, null, 2), durationMs };
}

function failed(error: unknown): Came {
  if (!(error instanceof Failure)) log().error({ err: error }, 'an approved call failed');
  return { status: 'failed', shown: error instanceof Failure ? error.message : 'The tool failed.' };
}

function unknown(error: unknown): Came {
  log().error({ err: error }, 'nobody knows what came of an approved call');
  return lost;
}
