import type { Response } from 'express';
import { allowFormsTo } from '../../../http/headers.js';
import { type Provider, providers } from './provider.js';

export type Door = Pick<Provider, 'name' | 'label'>;

/** For pages with buttons that lead to a provider: the providers that are set up. Lets the page's forms lead there. */
export function outsideDoors(response: Response): Door[] {
  const open = providers();
  allowFormsTo(response, ...open.map(({ authorizationUrl }) => authorizationUrl));
  return open.map(({ name, label }) => ({ name, label }));
}
