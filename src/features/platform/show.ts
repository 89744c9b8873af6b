import type { Response } from 'express';
import { page } from '../../http/page.js';

/** A page of the console, in its own layout, which no workspace has. */
export function show(response: Response, view: string, locals: { title: string } & Record<string, unknown>) {
  return page(response, `platform/${view}`, { layout: 'platform', ...locals });
}
