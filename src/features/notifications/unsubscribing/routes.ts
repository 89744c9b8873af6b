import type { Request } from 'express';
import { z } from 'zod';
import { Invalid, NotFound } from '../../../errors.js';
import { addressOf } from '../../../http/address.js';
import { hideAddress } from '../../../http/headers.js';
import { page } from '../../../http/page.js';
import { limit } from '../../../http/rate-limit.js';
import { feature, withoutFormToken } from '../../../http/route.js';
import { localsOf } from '../../../http/types.js';
import { kindNames } from '../wording.js';
import { stopMailsOf } from './actions.js';
import { type Meant, openLink } from './link.js';

/**
 * RFC 8058: mail programs post here by themselves, without a cookie, so the address is all the proof there is, and all
 * that it does is to stop mails of a few kinds. Opening it changes nothing: scanners of mail open links, too.
 */
export const unsubscribing = feature('/unsubscribe');

const OneClick = z.object({ 'List-Unsubscribe': z.literal('One-Click') });

unsubscribing.get('/:token', 'public', hideAddress, async (request, response) => {
  await page(response, 'notifications/unsubscribe', {
    title: 'Stop these mails',
    ...shown(meantBy(request)),
    done: false,
  });
});

unsubscribing.post(
  '/:token',
  'public',
  hideAddress,
  limit({ name: 'unsubscribe', max: 60, seconds: 600, by: 'address' }),
  withoutFormToken(async (request, response) => {
    const meant = meantBy(request);
    if (!OneClick.safeParse(request.body).success) throw new Invalid('Use the button on the page of this address.');
    await stopMailsOf(meant, { requestId: localsOf(response).requestId, address: addressOf(request) });
    await page(response, 'notifications/unsubscribe', { title: 'These mails stop', ...shown(meant), done: true });
  }),
);

function meantBy(request: Request): Meant {
  const { token } = request.params;
  const meant = typeof token === 'string' ? openLink(token) : undefined;
  if (!meant) throw new NotFound('This link is not one of ours, or not whole. Copy all of it from the mail.');
  return meant;
}

/** Neither whose they are nor in which workspace: whoever was forwarded the mail learns nothing new. */
function shown({ kinds }: Meant) {
  return { kinds: kinds.map((kind) => kindNames[kind]) };
}
