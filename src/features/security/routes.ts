import { config } from '../../config.js';
import { shared } from '../../database/shared.js';
import { notice, page } from '../../http/page.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { account } from '../../http/signed-in.js';
import { localsOf } from '../../http/types.js';
import { publicKey, publicKeyFingerprint } from '../../vault/signature.js';
import { announce } from '../accounts/announce.js';
import { originOf } from '../accounts/sign-in/admit.js';
import { connectedParties } from '../assurance/overview/parties.js';
import { getMetrics } from '../disclosure/metrics/queries.js';
import { span } from '../disclosure/metrics/wording.js';
import { checkClaims, listClaims } from './checks.js';
import { listRegions } from './queries.js';
import { retention } from './retention.js';
import { securityTxt } from './security-txt.js';
import { neverStored, storedByWorkspace } from './storage.js';

export const security = feature('/security');
export const wellKnown = feature('/.well-known');

security.get('/', 'public', async (_request, response) => {
  const claims = await listClaims();
  const groups = [...new Set(claims.map(({ group }) => group))].map((name) => ({
    name,
    claims: claims.filter(({ group }) => group === name),
  }));
  await page(response, 'security/show', {
    title: 'Security',
    groups,
    counts: {
      all: claims.length,
      tested: claims.filter(({ checkedAt }) => checkedAt).length,
      enforced: claims.filter(({ state }) => state === 'enforced').length,
      untried: claims.filter(({ state }) => state === 'untried').length,
    },
    tables: storedByWorkspace(),
    neverStored,
    retention,
    parties: connectedParties(),
    regions: await listRegions(shared()),
    fingerprint: publicKeyFingerprint(),
    standing: (id: string) => claims.find((claim) => claim.id === id),
    contact: config().SECURITY_CONTACT,
    metrics: await getMetrics(shared()),
    span,
    mayCheck: localsOf(response).account !== undefined,
  });
});

security.get('/claims.json', 'public', async (_request, response) => {
  const claims = await listClaims();
  response.json({
    claims: claims.map(({ id, group, title, features, state, evidence, checkedAt, passedAt }) => ({
      ...{ id, group, title, features, state, evidence, checkedAt, passedAt },
    })),
  });
});

/** What signed results and evidence are checked with. */
security.get('/key.pem', 'public', (_request, response) => {
  response.type('application/x-pem-file').send(publicKey());
});

security.post(
  '/checks',
  'account',
  limit({ name: 'security-checks', max: 3, seconds: 60, by: () => 'everybody' }),
  async (request, response) => {
    const event = { event: 'security.checked' };
    await announce(account(response), originOf(request, response), event);
    const found = [...(await checkClaims()).values()];
    const kept = found.filter(({ state }) => state === 'enforced').length;
    notice(request, `Checked now: ${kept} of ${found.length} claims are enforced.`);
    response.redirect(303, '/security');
  },
);

/** RFC 9116. */
wellKnown.get('/security.txt', 'public', (_request, response) => {
  response.type('text/plain').send(securityTxt(new Date()));
});

/** W3C "A Well-Known URL for Changing Passwords": password managers lead people here. */
wellKnown.get('/change-password', 'public', (_request, response) => {
  response.redirect(303, '/profile/security');
});
