import { z } from 'zod';
import { shared } from '../../../database/shared.js';
import { Invalid } from '../../../errors.js';
import { formErrors } from '../../../http/form-errors.js';
import { notice } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature } from '../../../http/route.js';
import { account } from '../../../http/signed-in.js';
import { findPasswordHash } from '../queries.js';
import { originOf } from '../sign-in/admit.js';
import { factsFor, wordsFor } from './event-words.js';
import { NamesDraft, rename } from './names.js';
import { newsOf, seeNews } from './news.js';
import { listEventsOf } from './queries.js';
import { sections } from './sections.js';
import { profilePage, showProfile } from './show.js';

export const profile = feature('/profile');
/** The profile's address before it was called that; old mails lead there. */
export const formerProfile = feature('/account');

const perPage = 50;

formerProfile.get('/', 'public', (_request, response) => response.redirect(303, '/profile'));

profile.get('/', 'account', (_request, response) => showProfile(response));

profile.post(
  '/',
  'account',
  limit({ name: 'names', max: 20, seconds: 3600, by: 'account' }),
  async (request, response) => {
    const draft = NamesDraft.safeParse(request.body);
    if (!draft.success) return showProfile(response.status(422), formErrors(request.body, draft.error));
    try {
      await rename(account(response), originOf(request, response), draft.data);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return showProfile(response.status(422), formErrors(request.body, error));
    }
    notice(request, 'Your names were saved.');
    response.redirect(303, '/profile');
  },
);

profile.get('/security', 'account', async (request, response) => {
  const person = account(response);
  const loaded = await Promise.all(sections.map(async ({ name, load }) => ({ name, locals: await load(person) })));
  const hasPassword = (await findPasswordHash(shared(), person.id)) !== undefined;
  const recovered = request.query.recovered === 'yes';
  await profilePage(response, 'security', { place: '/profile/security', sections: loaded, hasPassword, recovered });
});

const Before = z.uuid().optional().catch(undefined);

profile.get('/activity', 'account', async (request, response) => {
  const before = Before.parse(request.query.before);
  const found = await listEventsOf(shared(), account(response).id, { before, limit: perPage + 1 });
  const events = found.slice(0, perPage).map((event) => ({
    ...event,
    words: wordsFor(event.event),
    facts: factsFor(event.details),
  }));
  const older = found.length > perPage ? `/profile/activity?before=${events.at(-1)?.id}` : undefined;
  const newer = before ? '/profile/activity' : undefined;
  const news = await newsOf(account(response).id);
  await profilePage(response, 'activity', { place: '/profile/activity', events, older, newer, news });
});

/** What is new is shown until its owner says that they have seen it: opening a page changes nothing. */
profile.post('/activity/seen', 'account', async (_request, response) => {
  await seeNews(account(response).id);
  response.redirect(303, '/profile/activity');
});
