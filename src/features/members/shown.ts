import type { Response } from 'express';
import type { FormErrors } from '../../http/form-errors.js';
import { page } from '../../http/page.js';
import { account, tenantContext } from '../../http/signed-in.js';
import { listLocals } from './locals.js';
import { LastOwner } from './rank.js';

export async function showMembers(response: Response, form: FormErrors): Promise<void> {
  const locals = await listLocals(tenantContext(response), response.req.query);
  await page(response, 'members/index', { ...locals, me: account(response).id, ...form });
}

/** The last owner is told on the list, where somebody else can be made one. */
export async function wasPossible(response: Response, act: Promise<void>): Promise<boolean> {
  try {
    await act;
    return true;
  } catch (error) {
    if (!(error instanceof LastOwner)) throw error;
    await showMembers(response.status(error.status), { values: {}, errors: { '': error.message } });
    return false;
  }
}

export function homeOf(response: Response): string {
  return `/w/${tenantContext(response).tenant.slug}/members`;
}
