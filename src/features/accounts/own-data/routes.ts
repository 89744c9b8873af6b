import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { shared, sharedTransaction } from '../../../database/shared.js';
import { Conflict, Invalid } from '../../../errors.js';
import { notice } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { dropSession } from '../../../http/session.js';
import { idleSeconds } from '../../../http/session-rows.js';
import { account } from '../../../http/signed-in.js';
import { announce } from '../announce.js';
import { profilePage } from '../profile/show.js';
import { fresh } from '../proof/fresh.js';
import { originOf } from '../sign-in/admit.js';
import { tellOwner } from '../tell-owner.js';
import { deleteAccount } from './deletion.js';
import { ownData } from './export.js';
import { listOwnedAlone } from './queries.js';

export const ownDataPages = feature('/profile/data');

const place = '/profile/data';

ownDataPages.get('/', 'account', async (_request, response) => {
  await profilePage(response, 'data', { place });
});

ownDataPages.post(
  '/download',
  'account',
  limit({ name: 'own-data', max: 10, seconds: 3600, by: 'account' }),
  fresh(async (request, response) => {
    const [person, origin] = [account(response), originOf(request, response)];
    await announce(person, origin, { event: 'account.data-exported' });
    const detail = 'A file with what is kept of you, your conversations among it, was downloaded.';
    await sharedTransaction((db) => tellOwner(db, person, origin, { what: 'Your data was downloaded', detail }));
    response.attachment(`bailiwick-${person.username}.json`).type('application/json; charset=utf-8');
    const exporting = { account: person, origin, methods: request.session.methods ?? [], idleSeconds };
    await pipeline(ownData(exporting), response).catch(unlessHungUp);
  }),
);

ownDataPages.get('/deletion', 'account', (_request, response) => showDeletion(response));

const Typed = z.object({ typed: z.string().max(200).catch('') });

ownDataPages.post(
  '/deletion',
  'account',
  limit({ name: 'account-deletion', max: 10, seconds: 3600, by: 'account' }),
  fresh(async (request, response) => {
    const { typed } = Typed.parse(request.body);
    try {
      await deleteAccount(account(response), originOf(request, response), typed);
    } catch (error) {
      if (error instanceof Invalid) return showDeletion(response.status(422), error.fields);
      if (error instanceof Conflict) return showDeletion(response.status(409), { '': error.message });
      throw error;
    }
    await farewell(request, response);
  }),
);

/** The session is gone; an empty one carries the message. */
async function farewell(request: Request, response: Response): Promise<void> {
  await dropSession(request);
  response.setHeader('Clear-Site-Data', '"cache", "storage"');
  notice(request, 'Your account was deleted. A mail confirms it.');
  response.redirect(303, '/');
}

async function showDeletion(response: Response, errors: Readonly<Record<string, string>> = {}): Promise<void> {
  const person = account(response);
  const kept = await listOwnedAlone(shared(), person.id);
  await profilePage(response, 'deletion', {
    place,
    title: 'Delete your account',
    kept,
    errors,
    username: person.username,
  });
}

function unlessHungUp(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
  throw error;
}
