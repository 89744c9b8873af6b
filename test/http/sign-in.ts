import { notice, page } from '../../src/http/page.js';
import { type Feature, feature } from '../../src/http/route.js';
import { rotateSession, signIn, signOut } from '../../src/http/session.js';
import { account } from '../../src/http/signed-in.js';
import { alice, bob, type Client, origin, tokenIn } from './harness.js';

/** Enough of a product to sign in to: a form, its POST, a page for the signed-in, sign-out. */
export function signInFeature(home = origin): Feature {
  const routes = feature('');
  routes.get('/', 'public', (_request, response) => page(response, 'things/show', { name: 'landing' }));
  routes.get('/sign-in', 'public', (_request, response) => page(response, 'things/form'));
  routes.post('/sign-in', 'public', async (request, response) => {
    await signIn(request, request.body.name === 'bob' ? bob : alice);
    response.redirect(303, '/me');
  });
  routes.get('/me', 'account', (_request, response) =>
    page(response, 'things/show', { name: account(response).username }),
  );
  routes.get('/me/form', 'account', (_request, response) => page(response, 'things/form'));
  routes.post('/me/name', 'account', (request, response) => {
    notice(request, 'Saved.');
    response.redirect(303, '/me');
  });
  routes.post('/me/proof', 'account', async (request, response) => {
    await rotateSession(request);
    response.redirect(303, '/me');
  });
  routes.post('/sign-out', 'account', async (request, response) => {
    await signOut(request, response, home);
    response.redirect(303, '/');
  });
  return routes;
}

export async function signInAs(client: Client, name: string): Promise<void> {
  const form = await client.get('/sign-in');
  const answer = await client.post('/sign-in', { _csrf: tokenIn(form.text), name });
  if (answer.status !== 303) throw new Error(`${name} could not sign in: ${answer.status}`);
}
