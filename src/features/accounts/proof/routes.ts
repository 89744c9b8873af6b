import { safeNext } from '../../../http/next.js';
import { feature } from '../../../http/route.js';
import { fresh } from './fresh.js';

export const proof = feature('/proof');

/** Where the proof for a page is sent: `next` is the page. */
proof.post(
  '/',
  'account',
  fresh((request, response) => response.redirect(303, safeNext(request.body.next))),
);
