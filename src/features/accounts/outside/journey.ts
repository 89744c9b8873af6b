import type { Request } from 'express';
import { Passport } from 'passport';
import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { countHit } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { newToken } from '../../../vault/tokens.js';
import { type Identity, Refused } from './identity.js';
import type { Provider, ProviderName } from './provider.js';
import type { Ticket } from './ticket.js';

/** A way to a provider and back, as the session of the browser that began it knows it. */
export interface Journey extends Ticket {
  readonly provider: ProviderName;
  readonly begunAt: number;
  readonly next: string;
  /** Whose account the login is to be connected to. Otherwise it is a sign-in. */
  readonly accountId?: string;
}

declare module 'express-session' {
  interface SessionData {
    journey?: Journey;
  }
}

/** From leaving for a provider to coming back. */
export const journeyMs = 10 * 60 * 1000;
const passport = new Passport();

/** Begins a journey, which ends one that was begun before. Answers the address to send the person to. */
export async function depart(
  request: Request,
  provider: Provider,
  purpose: Pick<Journey, 'next' | 'accountId'>,
): Promise<string> {
  const ticket: Ticket = { state: newToken().token, nonce: newToken().token };
  const address = await new Promise<string>((resolve, reject) => {
    const strategy = provider.strategy(ticket);
    // Instead of Passport's own, which would end the answer before the session is saved.
    Object.defineProperty(strategy, 'redirect', { get: () => resolve, set() {} });
    passport.authenticate(strategy, { session: false }, reject)(strangerTo({}), undefined, reject);
  });
  request.session.journey = { ...ticket, ...purpose, provider: provider.name, begunAt: Date.now() };
  return address;
}

const Answer = z.object({
  state: z.string().min(1).max(200),
  code: z.string().min(1).max(4096).optional(),
  error: z.string().max(200).optional(),
  iss: z.string().max(500).optional(),
});
export type Answer = z.infer<typeof Answer>;

/**
 * Ends the journey that this browser began and that this answer belongs to, and answers it. Throws Refused('state') when
 * there is none, it was begun with another provider, more than ten minutes ago, or has ended already.
 */
export async function endJourney(request: Request, provider: Provider): Promise<{ journey: Journey; answer: Answer }> {
  const answer = Answer.safeParse(request.query);
  const { journey } = request.session;
  if (!answer.success || !journey || answer.data.state !== journey.state) throw new Refused('state');
  delete request.session.journey;
  const isOld = Date.now() - journey.begunAt > journeyMs;
  if (isOld || journey.provider !== provider.name || !(await isFirst(journey))) throw new Refused('state');
  return { journey, answer: answer.data };
}

/** A session may be read at the same moment by two requests; this count is not. */
async function isFirst({ state }: Journey): Promise<boolean> {
  const { hits } = await countHit(shared(), limitKey('login journey', state), (2 * journeyMs) / 1000);
  return hits === 1;
}

/** Asks the provider who the person is. Throws Refused. */
export async function identify(provider: Provider, journey: Journey, { code, error, iss }: Answer): Promise<Identity> {
  // Before the error: a foreign server's error says nothing of this one (RFC 9207 §2.4).
  if (iss !== undefined && iss !== provider.issuer) throw new Refused('issuer');
  if (error !== undefined) throw new Refused(error === 'access_denied' ? 'cancelled' : 'error');
  if (code === undefined) throw new Refused('error');
  return new Promise((resolve, reject) => {
    const settle = (cause: unknown, identity?: Identity | false) => {
      if (identity) resolve(identity);
      else reject(cause instanceof Refused ? cause : new Refused('exchange', { cause }));
    };
    const strategy = provider.strategy({ ...journey });
    passport.authenticate(strategy, { session: false }, settle)(strangerTo({ code }), undefined, settle);
  });
}

/** The library is shown nothing of the request but what was checked: it would act on fields of a form, too. */
function strangerTo(query: Readonly<Record<string, string>>): object {
  return { query, body: {} };
}
