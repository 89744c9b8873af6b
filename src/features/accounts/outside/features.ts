import type { Feature } from '../../../http/route.js';
import { finishing } from './finish-routes.js';
import { ownLogins } from './login-routes.js';
import { providers } from './provider.js';
import { journeysTo } from './routes.js';

/** What `app.ts` mounts: a provider that is not set up has no doors. */
export function outsideLogins(): Feature[] {
  const open = providers();
  return [...open.map(journeysTo), ...(open.length > 0 ? [finishing] : []), ownLogins(open)];
}
