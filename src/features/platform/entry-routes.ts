import type { Request, Response } from 'express';
import { shared } from '../../database/shared.js';
import { safeNext } from '../../http/next.js';
import { page } from '../../http/page.js';
import { enterConsole, hasSecondFactor, leaveConsole, platformEntry } from '../../http/platform-access.js';
import { feature } from '../../http/route.js';
import { rotateSession } from '../../http/session.js';
import { account } from '../../http/signed-in.js';
import { fresh } from '../accounts/proof/fresh.js';
import { hasSecondFactor as accountHasFactor } from '../accounts/second-step/queries.js';
import { insertPlatformAct } from './events/queries.js';
import { operatorOf } from './operator.js';

export const platformDoor = feature('/platform');

const home = '/platform';
const entered = { event: 'platform.console-entered' };

platformDoor.get('/entry', 'platform-entry', async (request, response) => {
  await showDoor(request, response, nextOf(request.query.next));
});

/** A proof of the last ten minutes, and in this session something that is more than a password. */
const enter = fresh(async (request, response) => {
  const next = nextOf(request.body.next);
  if (!hasSecondFactor(request)) return refuse(request, response, next);
  await insertPlatformAct(shared(), operatorOf(request, response), entered);
  enterConsole(request);
  // Its rights grew, so the session goes on under another id (V7.2.4).
  await rotateSession(request);
  response.redirect(303, next);
});

platformDoor.post('/entry', 'platform-entry', async (request, response, next) => {
  // A remembered browser came in without its second factor: it is asked for now, however fresh the password is.
  if (!hasSecondFactor(request)) {
    if (!(await accountHasFactor(shared(), account(response).id))) {
      return refuse(request, response, nextOf(request.body.next));
    }
    request.session.provenAt = 0;
  }
  return enter(request, response, next);
});

platformDoor.post('/exit', 'platform-entry', async (request, response) => {
  await insertPlatformAct(shared(), operatorOf(request, response), { event: 'platform.console-left' });
  leaveConsole(request);
  response.redirect(303, '/');
});

async function refuse(request: Request, response: Response, next: string): Promise<void> {
  const details = { reason: 'no second factor', methods: (request.session.methods ?? []).join(' ') };
  await insertPlatformAct(shared(), operatorOf(request, response), { ...entered, outcome: 'refused', details });
  await showDoor(request, response.status(403), next);
}

async function showDoor(request: Request, response: Response, next: string): Promise<void> {
  const { id } = account(response);
  await page(response, 'platform/entry', {
    ...{ title: 'Platform console', layout: 'plain', action: platformEntry, next },
    hasFactor: hasSecondFactor(request) || (await accountHasFactor(shared(), id)),
    refused: response.statusCode === 403,
  });
}

/** A page of the console and nothing else. */
function nextOf(asked: unknown): string {
  const next = safeNext(asked, home);
  return next === home || next.startsWith(`${home}/`) || next.startsWith(`${home}?`) ? next : home;
}
