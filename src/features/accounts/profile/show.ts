import type { Response } from 'express';
import { shared } from '../../../database/shared.js';
import type { FormErrors } from '../../../http/form-errors.js';
import { page } from '../../../http/page.js';
import { account } from '../../../http/signed-in.js';
import { findChangeOf } from '../address-change/queries.js';
import { newsOf } from './news.js';

const places = [
  { href: '/profile', label: 'Profile' },
  { href: '/profile/security', label: 'Security' },
  { href: '/profile/sessions', label: 'Sessions' },
  { href: '/profile/activity', label: 'Activity' },
  { href: '/profile/data', label: 'Data' },
] as const;

export type Place = (typeof places)[number]['href'];

/** One of the pages about oneself, with the others as tabs above it. */
export async function profilePage(response: Response, view: string, locals: { place: Place; [name: string]: unknown }) {
  const { place, ...more } = locals;
  const items = places.map((each) => ({ ...each, current: each.href === place }));
  const title = places.find(({ href }) => href === place)?.label ?? 'Profile';
  await page(response, `profile/${view}`, { title, tabs: { label: 'Your account', items }, ...more });
}

export async function showProfile(response: Response, form?: FormErrors): Promise<void> {
  const { name, username, email } = account(response);
  const pending = await findChangeOf(shared(), account(response).id);
  // Each of the two forms keeps what was typed into it; the other shows what is.
  const values = { name, username, ...form?.values };
  const errors = form?.errors ?? {};
  const news = await newsOf(account(response).id);
  await profilePage(response, 'index', { place: '/profile', values, errors, current: email, pending, news });
}
