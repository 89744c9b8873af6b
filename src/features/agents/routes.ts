import type { Request, Response } from 'express';
import { z } from 'zod';
import { Conflict, Invalid } from '../../errors.js';
import { formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam, param } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { archiveAgent, createAgent, duplicateAgent, restoreAgent, rollBackAgent, updateAgent } from './actions.js';
import { type Agent, AgentDraft, SeenVersion } from './agent.js';
import { type FormShown, formLocals, galleryLocals, valuesOf } from './form-locals.js';
import { listLocals, showLocals } from './locals.js';
import { getAgent } from './queries.js';
import { emptySettings, findTemplate, settingsFrom } from './templates.js';
import { changesSince, versionLocals, versionsLocals } from './version-locals.js';

export const agents = feature('/w/:workspace/agents');

const VersionNumber = z.coerce.number().int().min(1).max(1_000_000);

agents.get('/', 'agents.read', async (request, response) => {
  await page(response, 'agents/index', await listLocals(tenantContext(response), request.query));
});

const TemplateQuery = z.object({ template: z.string().max(40).optional().catch(undefined) });

agents.get('/new', 'agents.create', async (request, response) => {
  const { template: id } = TemplateQuery.parse(request.query);
  if (id === undefined) return page(response, 'agents/gallery', galleryLocals());
  const template = findTemplate(id);
  const values = valuesOf(template ? settingsFrom(template) : emptySettings());
  const question = template?.questions[0] ?? '';
  await showForm(response, { values: { ...values, question, ...(template ? { template: id } : {}) }, errors: {} });
});

agents.post('/', 'agents.create', async (request, response) => {
  const draft = AgentDraft.safeParse(request.body);
  if (!draft.success) return showForm(response.status(422), formErrors(request.body, draft.error));
  try {
    const id = await createAgent(tenantContext(response), draft.data);
    notice(request, `${draft.data.name} was made. Ask it something.`);
    response.redirect(303, addressOf(response, id));
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    await showForm(response.status(422), formErrors(request.body, error));
  }
});

agents.get('/:id', 'agents.read', async (request, response) => {
  await page(response, 'agents/show', await showLocals(tenantContext(response), idParam(request, 'id')));
});

agents.get('/:id/edit', 'agents.update', async (request, response) => {
  const agent = await read(request, response);
  await showForm(response, { agent, values: valuesOf(agent), errors: {} });
});

agents.post('/:id', 'agents.update', async (request, response) => {
  const draft = AgentDraft.safeParse(request.body);
  const agent = await read(request, response);
  if (!draft.success) return showForm(response.status(422), { agent, ...formErrors(request.body, draft.error) });
  try {
    await updateAgent(tenantContext(response), agent.id, { seen: seenVersion(request), settings: draft.data });
    notice(request, `${draft.data.name} was saved. New questions go to this version.`);
    response.redirect(303, addressOf(response, agent.id));
  } catch (error) {
    if (error instanceof Invalid) {
      return showForm(response.status(422), { agent, ...formErrors(request.body, error) });
    }
    if (!(error instanceof Conflict)) throw error;
    await showForm(response.status(409), await staleForm(request, response, error));
  }
});

agents.get('/:id/versions', 'agents.read', async (request, response) => {
  await page(response, 'agents/versions', await versionsLocals(tenantContext(response), idParam(request, 'id')));
});

agents.get('/:id/versions/:version', 'agents.read', async (request, response) => {
  const version = param(request, 'version', VersionNumber);
  await page(response, 'agents/version', await versionLocals(tenantContext(response), idParam(request, 'id'), version));
});

agents.post('/:id/versions/:version/restoration', 'agents.update', async (request, response) => {
  const id = idParam(request, 'id');
  const version = param(request, 'version', VersionNumber);
  await rollBackAgent(tenantContext(response), id, { version, seen: seenVersion(request) });
  notice(request, `Version ${version} is in use again, as the newest version.`);
  response.redirect(303, addressOf(response, id));
});

agents.post('/:id/copy', 'agents.create', async (request, response) => {
  const copy = await duplicateAgent(tenantContext(response), idParam(request, 'id'));
  notice(request, 'The agent was duplicated. Give the copy a name.');
  response.redirect(303, `${addressOf(response, copy)}/edit`);
});

agents.get('/:id/archive', 'agents.delete', async (request, response) => {
  const agent = await read(request, response);
  await page(response, 'agents/archive', { title: `Archive ${agent.name}`, agent });
});

agents.post('/:id/archive', 'agents.delete', async (request, response) => {
  await archiveAgent(tenantContext(response), idParam(request, 'id'));
  notice(request, 'The agent was archived. Conversations with it can still be read.');
  response.redirect(303, `/w/${tenantContext(response).tenant.slug}/agents`);
});

agents.post('/:id/restoration', 'agents.delete', async (request, response) => {
  const id = idParam(request, 'id');
  await restoreAgent(tenantContext(response), id);
  notice(request, 'The agent is back and can be asked again.');
  response.redirect(303, addressOf(response, id));
});

function read(request: Request, response: Response): Promise<Agent> {
  return readTenant(tenantContext(response), 'agents.read', (db) => getAgent(db, idParam(request, 'id')));
}

function seenVersion(request: Request): number {
  const seen = SeenVersion.safeParse(request.body);
  return seen.success ? seen.data.version : 0;
}

/** What was typed stays, and says what others changed meanwhile; saved again, it goes on top of theirs. */
async function staleForm(request: Request, response: Response, error: Conflict): Promise<FormShown> {
  const agent = await read(request, response);
  const { values } = formErrors(request.body, new Invalid(error.message));
  const changed = await changesSince(tenantContext(response), agent, seenVersion(request));
  return {
    agent,
    values: { ...values, version: String(agent.version) },
    errors: { '': error.message },
    meanwhile: { version: agent.version, changed },
  };
}

async function showForm(response: Response, form: FormShown): Promise<void> {
  await page(response, 'agents/form', await formLocals(tenantContext(response), form));
}

function addressOf(response: Response, id: string): string {
  return `/w/${tenantContext(response).tenant.slug}/agents/${id}`;
}
