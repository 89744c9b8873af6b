import type { Request, RequestHandler, Response } from 'express';
import { Invalid } from '../../../errors.js';
import { safeNext } from '../../../http/next.js';
import { proofAskers } from '../../../http/route.js';
import { rotateSession } from '../../../http/session.js';
import { account } from '../../../http/signed-in.js';
import { announce } from '../announce.js';
import { originOf } from '../sign-in/admit.js';
import { proofTries } from '../sign-in/tries.js';
import { type Carried, carriedOf, showProofPage, withoutProof } from './page.js';
import { judge, orTooOften } from './prove.js';
import type { Proving, Way } from './way.js';
import { waysOf } from './ways.js';

/** For how long a proof counts. */
export const freshMs = 10 * 60 * 1000;

/** AC-11: whether the person at this session has proven who they are within the last ten minutes. */
export function isFresh(request: Request): boolean {
  return Date.now() - (request.session.provenAt ?? 0) < freshMs;
}

/**
 * Wraps the last handler of a form's route. Without a proof of the last ten minutes the person is asked for one, on a
 * page that carries the posted fields along as they were, and the handler runs when the proof comes with them.
 *
 * A multipart form without files is carried like any other, since its fields are read before we are asked. Files cannot
 * be carried in a page: such a form is refused with a text. Guard the page that shows it with `freshPage`, too.
 */
export function fresh(handler: RequestHandler): RequestHandler {
  const asking: RequestHandler = async (request, response, next) => {
    if (!isFresh(request)) {
      refuseFiles(request);
      const form = { action: safeNext(request.originalUrl), carried: carriedOf(request.body) };
      if (!(await isProven(request, response, form))) return undefined;
    }
    request.body = withoutProof(request.body);
    return handler(request, response, next);
  };
  proofAskers.add(asking);
  return asking;
}

/** The same for a page: the proof is posted to `/proof`, which leads back to it. */
export function freshPage(handler: RequestHandler): RequestHandler {
  return async (request, response, next) => {
    if (isFresh(request)) return handler(request, response, next);
    const ways = await waysOf(account(response), 'proof', request.session.methods);
    const form = { action: '/proof', carried: [{ name: 'next', value: safeNext(request.originalUrl) }] };
    const page = { ...form, ways, way: ways[0], begun: false, errors: {} };
    return showProofPage(provingOf(request, response), page);
  };
}

function refuseFiles(request: Request): void {
  if (!request.file && !request.files) return;
  throw new Invalid('Before files can be sent here, confirm that it is you. Reload the page and send them again.');
}

interface Form {
  readonly action: string;
  readonly carried: readonly Carried[];
}

/** True when the proof that came with this form is right; otherwise the page that asks for one has been sent. */
async function isProven(request: Request, response: Response, form: Form): Promise<boolean> {
  const proving = provingOf(request, response);
  const ways = await waysOf(proving.account, 'proof', request.session.methods);
  const named = (name: unknown) => ways.find((way) => way.name === name);
  const shown = named(request.body?.proof);
  if (shown) return judged(proving, shown, { ...form, ways });
  const chosen = named(request.body?.proof_way);
  const begun = chosen && (await orTooOften(async () => chosen.begin?.(proving)));
  if (begun?.kind === 'too often') response.status(429).setHeader('Retry-After', String(begun.retryAfter));
  const more = { way: chosen ?? ways[0], begun: chosen !== undefined && !begun, errors: begun?.errors ?? {} };
  await showProofPage(proving, { ...form, ...more, ways });
  return false;
}

async function judged(proving: Proving, way: Way, form: Form & { ways: readonly Way[] }): Promise<boolean> {
  const { account: person, request, response, origin } = proving;
  const outcome = await judge(way, proving, proofTries(person.id));
  if (outcome.kind === 'right') {
    await announce(person, origin, { event: 'account.proven', details: { method: way.name } });
    await noteProof(request, way.name);
    return true;
  }
  if (outcome.kind === 'too often') response.setHeader('Retry-After', String(outcome.retryAfter));
  else
    await announce(person, origin, {
      event: 'account.proof-refused',
      outcome: 'refused',
      details: { method: way.name },
    });
  response.status(outcome.kind === 'wrong' ? 422 : 429);
  await showProofPage(proving, { ...form, way, begun: true, errors: outcome.errors });
  return false;
}

/**
 * The session is proven now, under a new id (V7.2.4). Forms that are open in other tabs keep working: the form token's
 * secret stays, for it belongs to the same person before and after.
 */
export async function noteProof(request: Request, method: string): Promise<void> {
  const { session } = request;
  session.provenAt = Date.now();
  session.methods = [...new Set([...(session.methods ?? []), method])];
  await rotateSession(request);
}

function provingOf(request: Request, response: Response): Proving {
  return { account: account(response), purpose: 'proof', request, response, origin: originOf(request, response) };
}
