import { config } from '../../../config.js';
import { shared } from '../../../database/shared.js';
import { page } from '../../../http/page.js';
import { feature } from '../../../http/route.js';
import { clocks } from '../clocks.js';
import { paragraphs } from './policy.js';
import { getPolicy } from './queries.js';

export const disclosurePolicy = feature('/security');

/** What `Policy:` in security.txt leads to (RFC 9116 §2.5.7). */
disclosurePolicy.get('/policy', 'public', async (_request, response) => {
  const policy = await getPolicy(shared());
  await page(response, 'disclosure/policy', {
    styles: ['disclosure'],
    ...{ title: 'Disclosure policy', clocks, policy, paragraphs, address: config().SECURITY_CONTACT },
  });
});
