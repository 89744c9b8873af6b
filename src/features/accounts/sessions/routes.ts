import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { notice } from '../../../http/page.js';
import { param } from '../../../http/params.js';
import { feature } from '../../../http/route.js';
import { signOut } from '../../../http/session.js';
import { idleSeconds, sessionKey } from '../../../http/session-rows.js';
import { account } from '../../../http/signed-in.js';
import { plural } from '../../../http/wording.js';
import { profilePage } from '../profile/show.js';
import { originOf } from '../sign-in/admit.js';
import { deviceName } from '../sign-in/device.js';
import { endAllSessions, endSession } from './actions.js';
import { listSessions } from './queries.js';

export const ownSessions = feature('/profile');

const home = '/profile/sessions';
const Key = z.string().regex(/^[0-9a-f]{64}$/);

ownSessions.get('/sessions', 'account', async (request, response) => {
  const here = sessionKey(request.sessionID);
  const sessions = await listSessions(shared(), account(response).id, idleSeconds);
  const named = sessions.map((session) => ({
    ...session,
    device: deviceName(session.device),
    isHere: session.key === here,
  }));
  await profilePage(response, 'sessions', {
    place: home,
    sessions: [...named.filter(({ isHere }) => isHere), ...named.filter(({ isHere }) => !isHere)],
  });
});

ownSessions.post('/sessions/:key/deletion', 'account', async (request, response) => {
  await endSession(account(response), originOf(request, response), param(request, 'key', Key));
  notice(request, 'The session was ended.');
  response.redirect(303, home);
});

ownSessions.post('/other-sessions/deletion', 'account', async (request, response) => {
  const ended = await endAllSessions(account(response), originOf(request, response), request);
  notice(request, ended === 0 ? 'There was no other session.' : `${plural(ended, 'other session')} ended.`);
  response.redirect(303, home);
});

ownSessions.post('/sessions/deletion', 'account', async (request, response) => {
  await endAllSessions(account(response), originOf(request, response));
  await signOut(request, response);
  response.redirect(303, '/');
});
