import type { Response } from 'express';
import { z } from 'zod';
import { Conflict, Invalid } from '../../errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { branchOf, extentLocals, indexLocals, showLocals } from './locals.js';
import { archivePage, deletePage, movePage, reorderPage, unarchivePage } from './tree/actions.js';
import { placeLocals } from './tree/place-locals.js';

export const pages = feature('/w/:workspace/pages');

const Place = z.object({ space: z.uuid(), parent: z.preprocess((given) => given || null, z.uuid().nullable()) });
const Direction = z.object({ to: z.enum(['up', 'down']) });

pages.get('/', 'pages.read', async (request, response) => {
  await page(response, 'pages/index', await indexLocals(tenantContext(response), request.query));
});

pages.get('/:id', 'pages.read', async (request, response) => {
  await page(response, 'pages/show', await showLocals(tenantContext(response), idParam(request, 'id'), request.query));
});

pages.get('/:id/inside', 'pages.read', async (request, response) => {
  response.json(await branchOf(tenantContext(response), idParam(request, 'id')));
});

pages.get('/:id/place', 'pages.update', async (request, response) => {
  const locals = await placeLocals(tenantContext(response), idParam(request, 'id'), request.query);
  await page(response, 'pages/place', { ...locals, errors: {} });
});

pages.post('/:id/place', 'pages.update', async (request, response) => {
  const id = idParam(request, 'id');
  const context = tenantContext(response);
  const to = Place.safeParse(request.body ?? {});
  try {
    if (!to.success) throw new Invalid('Choose where it should go.');
    await movePage(context, id, { spaceId: to.data.space, parentId: to.data.parent });
    notice(request, 'The page was moved.');
    response.redirect(303, addressOf(response, id));
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Conflict)) throw error;
    const locals = await placeLocals(context, id, to.success ? { space: to.data.space, in: to.data.parent } : {});
    await page(response.status(error.status), 'pages/place', { ...locals, errors: { '': error.message } });
  }
});

pages.post('/:id/order', 'pages.update', async (request, response) => {
  const id = idParam(request, 'id');
  const direction = Direction.safeParse(request.body ?? {});
  if (!direction.success) throw new Invalid('Choose up or down.');
  await reorderPage(tenantContext(response), id, direction.data.to);
  response.redirect(303, `${addressOf(response, id)}/place`);
});

pages.get('/:id/archive', 'pages.delete', async (request, response) => {
  const locals = await extentLocals(tenantContext(response), idParam(request, 'id'));
  await page(response, 'pages/archive', { title: `Archive ${locals.page.title}`, ...locals });
});

pages.post('/:id/archive', 'pages.delete', async (request, response) => {
  const context = tenantContext(response);
  const id = idParam(request, 'id');
  const { page: archived } = await extentLocals(context, id);
  await archivePage(context, id);
  response.redirect(303, `/w/${context.tenant.slug}/spaces/${archived.spaceId}?archived=${id}`);
});

pages.post('/:id/restoration', 'pages.delete', async (request, response) => {
  const id = idParam(request, 'id');
  await unarchivePage(tenantContext(response), id);
  notice(request, 'The page is back, with what had gone with it.');
  response.redirect(303, addressOf(response, id));
});

pages.get('/:id/deletion', 'pages.delete', async (request, response) => {
  const locals = await extentLocals(tenantContext(response), idParam(request, 'id'));
  await page(response, 'pages/deletion', { title: `Delete ${locals.page.title}`, ...locals });
});

pages.post('/:id/deletion', 'pages.delete', async (request, response) => {
  const { title, spaceId } = await deletePage(tenantContext(response), idParam(request, 'id'));
  notice(request, `${title} was deleted for good.`);
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/spaces/${spaceId}`);
});

const addressOf = (response: Response, id: string) => `/w/${tenantContext(response).tenant.slug}/pages/${id}`;
