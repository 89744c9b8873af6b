import type { Request, Response } from 'express';
import { newId } from '../../../database/id.js';
import { shared } from '../../../database/shared.js';
import { page } from '../../../http/page.js';
import { localsOf } from '../../../http/types.js';
import { log } from '../../../log.js';
import { announce } from '../announce.js';
import { originOf } from '../sign-in/admit.js';
import { type Reason, Refused } from './identity.js';
import type { Provider } from './provider.js';
import { insertRefusal } from './queries.js';

interface Words {
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

const again = 'Nothing was changed here. Begin again.';

function wordsFor(reason: Reason, label: string): Words {
  const words: Record<Reason, Words> = {
    cancelled: { status: 403, title: `You did not sign in at ${label}`, text: again },
    error: { status: 403, title: `${label} answered with an error`, text: again },
    state: {
      status: 403,
      title: 'This was not begun in this browser',
      text: `Or it was begun more than ten minutes ago, or used already. ${again}`,
    },
    issuer: { status: 403, title: `This answer did not come from ${label}`, text: again },
    exchange: { status: 403, title: `${label} did not confirm this sign-in`, text: again },
    identity: { status: 403, title: `${label}’s answer does not belong to this sign-in`, text: again },
    stale: {
      status: 403,
      title: `Your sign-in at ${label} is too long ago`,
      text: `Sign out there and in again, then come back. Nothing was changed here.`,
    },
    weak: {
      status: 403,
      title: `Your sign-in at ${label} was not strong enough`,
      text: `Whoever runs this installation asks for a stronger one: use a second factor or a security key there, then begin again. Nothing was changed here.`,
    },
    unverified: {
      status: 403,
      title: `${label} has not verified your email address`,
      text: `Confirm your primary address at ${label}, then begin again. No account was made here.`,
    },
    unreachable: {
      status: 503,
      title: `${label} is not answering`,
      text: 'Nothing was changed here. Try again in a moment, or sign in another way.',
    },
  };
  return words[reason];
}

/** Runs what an answer from a provider leads to. A Refused is written down and said on a page; the rest is thrown on. */
export async function orRefuse(
  request: Request,
  response: Response,
  { provider, work }: { provider: Provider; work: () => Promise<void> },
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await note(request, response, { provider, refused: error });
    const { status, ...said } = wordsFor(error.reason, provider.label);
    const account = localsOf(response).account;
    if (status === 503) response.setHeader('Retry-After', '5');
    await page(response.status(status), 'accounts/outside-refused', { ...said, isSignedIn: account !== undefined });
  }
}

/** In the account's own events when somebody is signed in; otherwise with the installation, for it may be nobody. */
async function note(
  request: Request,
  response: Response,
  { provider, refused }: { provider: Provider; refused: Refused },
): Promise<void> {
  const origin = originOf(request, response);
  const details = { provider: provider.name, reason: refused.reason };
  log().warn({ event: 'refused', ...details, err: refused.cause }, 'a login by a provider was refused');
  const account = localsOf(response).account;
  if (account) await announce(account, origin, { event: 'account.login-linked', outcome: 'refused', details });
  else await insertRefusal(shared(), { id: newId(), requestId: origin.requestId, address: origin.address, ...details });
}
