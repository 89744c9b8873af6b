import type { Request, Response } from 'express';
import { Forbidden } from '../errors.js';
import { hasEnded, type Membership } from '../tenancy/directory.js';
import { type Demand, unmet, upcoming } from '../tenancy/sign-in-policy.js';
import { isRead } from './origin.js';
import { page } from './page.js';
import type { Banner } from './types.js';
import { plural } from './wording.js';

const dayMs = 86_400_000;
const lastDays = 14;

/** True when somebody who is a member was told why nothing opens: the workspace is suspended, or the sign-in too weak. */
export async function keepOut(request: Request, response: Response, membership: Membership): Promise<boolean> {
  const demands = membership.suspended ? [] : unmet(membership.policy, request.session.methods ?? []);
  if (!membership.suspended && demands.length === 0) return false;
  if (!isRead(request) || request.accepts(['html', 'json']) !== 'html') throw refusal(membership, demands);
  response.status(403);
  const { name } = membership.tenant;
  const { rememberBrowsers } = membership.policy;
  if (membership.suspended) await page(response, 'workspaces/suspended', { title: 'Suspended', name });
  else {
    const next = request.originalUrl;
    await page(response, 'workspaces/sign-in-demands', {
      title: 'Sign in another way',
      name,
      demands,
      next,
      rememberBrowsers,
    });
  }
  return true;
}

function refusal({ suspended }: Membership, demands: readonly Demand[]): Forbidden {
  if (suspended) return new Forbidden('This workspace is suspended. Ask whoever runs this installation.');
  return new Forbidden(`This workspace demands another sign-in: ${demands.map((demand) => told[demand]).join(', ')}.`);
}

const told: Readonly<Record<Demand, string>> = {
  'second-factor': 'with a second factor',
  'no-passwords': 'without a password',
  'no-codes': 'without an emailed code',
};

/** What is to come: the end of a trial, a demand of the sign-in that this session would not meet. */
export function bannersOf({ tenant, policy }: Membership, methods: readonly string[]): Banner[] {
  const demands = upcoming(policy, methods).map(
    ({ demand, from }): Banner => ({
      kind: 'attention',
      text: `From ${dayOf(from)} on, this workspace opens only to those who sign in ${told[demand]}.`,
      link: { href: '/profile', label: 'Set this up in your profile' },
    }),
  );
  return [...trialOf(tenant), ...demands];
}

function trialOf(tenant: Membership['tenant']): Banner[] {
  const { trialEndsAt } = tenant;
  if (!trialEndsAt) return [];
  if (hasEnded(tenant)) {
    const text = `The trial of this workspace ended on ${dayOf(trialEndsAt)}. It can be read and exported, but not changed.`;
    return [{ kind: 'attention', text }];
  }
  const days = Math.ceil((trialEndsAt.getTime() - Date.now()) / dayMs);
  const kind = days <= lastDays ? 'attention' : 'information';
  return [{ kind, text: `This workspace is on trial: ${plural(days, 'day')} left, until ${dayOf(trialEndsAt)}.` }];
}

function dayOf(date: Date): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(date);
}
