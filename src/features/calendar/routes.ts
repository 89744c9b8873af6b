import type { Request, Response } from 'express';
import { z } from 'zod';
import { Conflict, Invalid } from '../../errors.js';
import { formErrors } from '../../http/form-errors.js';
import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { answerInvitation, createEvent, deleteEvent, ownerIn } from './actions.js';
import { updateEvent } from './changing.js';
import { cancelEvent, restoreEvent, undoChange } from './ending.js';
import { answers, type CalendarEvent } from './event.js';
import { EventDraft } from './form/form.js';
import { dayIn, type Form, formLocals } from './form/locals.js';
import { Meant, valuesForNew, valuesOf } from './form/values.js';
import { calendarOf } from './listing/address.js';
import { choosePreferences } from './preferences/actions.js';
import { PreferencesDraft } from './preferences/preferences.js';
import { getPreferences } from './preferences/queries.js';
import { eventLocals, readOccurrence } from './showing/event-locals.js';
import { calendarLocals } from './showing/locals.js';
import { preferencesLocals } from './showing/preferences-locals.js';
import { type Day, isoDay } from './time/day.js';
import { dateWords } from './time/words.js';

export const calendar = feature('/w/:workspace/calendar');

const assets = { styles: ['calendar', 'calendar-event', 'live'], scripts: ['calendar', 'live-regions', 'morph'] };
const formAssets = { styles: [...assets.styles, 'mentions'], scripts: [...assets.scripts, 'mentions'] };

calendar.get('/', 'calendar.read', async (request, response) => {
  await page(response, 'calendar/index', {
    ...(await calendarLocals(tenantContext(response), request.query)),
    ...assets,
  });
});

calendar.get('/preferences', 'calendar.read', (_request, response) => showPreferences(response, {}));

calendar.post('/preferences', 'calendar.read', async (request, response) => {
  const draft = PreferencesDraft.safeParse(request.body);
  if (!draft.success) return showPreferences(response.status(422), formErrors(request.body, draft.error).errors);
  await choosePreferences(tenantContext(response), draft.data);
  notice(request, `The calendar shows times in ${draft.data.timeZone} now.`);
  response.redirect(303, calendarOf(tenantContext(response)));
});

calendar.get('/events/new', 'calendar.create', async (request, response) => {
  const context = tenantContext(response);
  const preferences = await readTenant(context, 'calendar.read', (db) => getPreferences(db, ownerIn(context)));
  await showForm(response, { values: valuesForNew(preferences, dayIn(request.query, 'date')), errors: {} });
});

calendar.post('/events', 'calendar.create', async (request, response) => {
  await tried(request, response, async () => {
    const made = await createEvent(tenantContext(response), drafted(request));
    notice(request, `“${made.title}” is in the calendar, from ${dateWords(made.when.from.day)} on.`);
    response.redirect(303, addressOf(response, made));
  });
});

calendar.get('/events/:id', 'calendar.read', async (request, response) => {
  const locals = await eventLocals(tenantContext(response), idParam(request, 'id'), dayIn(request.query, 'on'));
  await page(response, 'calendar/show', { ...locals, ...assets });
});

calendar.get('/events/:id/edit', 'calendar.update', async (request, response) => {
  const meaning = await read(request, response);
  await showForm(response, { values: valuesOf(meaning.event, meaning.occurrence), errors: {} }, request);
});

calendar.post('/events/:id', 'calendar.update', async (request, response) => {
  await tried(request, response, async () => {
    const edit = meant(request);
    const saved = await updateEvent(tenantContext(response), { ...edit, settings: drafted(request) });
    notice(request, 'The event was saved. Who is concerned is told.');
    response.redirect(303, addressOf(response, saved, edit.scope === 'one' ? edit.on : undefined));
  });
});

calendar.post('/events/:id/answer', 'calendar.read', async (request, response) => {
  const { answer } = parsed(z.object({ answer: z.enum(answers, 'Choose an answer.') }), request.body);
  const { id, on } = meant(request);
  await answerInvitation(tenantContext(response), id, answer);
  notice(request, 'Your answer was saved. Everybody who sees the event sees it.');
  response.redirect(303, addressOf(response, { id }, on));
});

calendar.get('/events/:id/cancellation', 'calendar.update', async (request, response) => {
  const { event, occurrence } = await read(request, response);
  const on = event.rule ? isoDay(occurrence.on) : undefined;
  const locals = { title: `Call off ${event.title}`, event, on, day: dateWords(occurrence.when.from.day) };
  await page(response, 'calendar/cancellation', { ...locals, here: addressOf(response, event), ...assets });
});

calendar.post('/events/:id/cancellation', 'calendar.update', async (request, response) => {
  const ending = meant(request);
  const cancelled = await cancelEvent(tenantContext(response), ending);
  notice(request, 'It was called off. Who was invited is told. You can undo this on the page of the event.');
  response.redirect(303, addressOf(response, cancelled, ending.scope === 'one' ? ending.on : undefined));
});

calendar.post('/events/:id/restoration', 'calendar.update', async (request, response) => {
  const restoring = meant(request);
  const restored = await restoreEvent(tenantContext(response), restoring);
  notice(request, 'It takes place again, as the calendar has it.');
  response.redirect(303, addressOf(response, restored, restoring.on));
});

calendar.post('/events/:id/undo', 'calendar.update', async (request, response) => {
  const { id, seen } = meant(request);
  const undone = await undoChange(tenantContext(response), id, seen);
  notice(request, 'The last change was undone.');
  response.redirect(303, addressOf(response, undone));
});

calendar.get('/events/:id/deletion', 'calendar.delete', async (request, response) => {
  const { event } = await read(request, response);
  await page(response, 'calendar/deletion', {
    title: `Delete ${event.title}`,
    event,
    here: addressOf(response, event),
  });
});

calendar.post('/events/:id/deletion', 'calendar.delete', async (request, response) => {
  await deleteEvent(tenantContext(response), idParam(request, 'id'), meant(request).seen);
  notice(request, 'The event was deleted, for everybody.');
  response.redirect(303, calendarOf(tenantContext(response)));
});

function read(request: Request, response: Response) {
  return readOccurrence(tenantContext(response), idParam(request, 'id'), dayIn(request.query, 'on'));
}

/** Which event, which of its occurrences, as seen at which version. */
function meant(request: Request) {
  const { version: seen, scope } = Meant.parse(request.body ?? {});
  return { id: idParam(request, 'id'), on: dayIn(request.query, 'on'), scope, seen };
}

const drafted = (request: Request) => parsed(EventDraft, request.body);

function parsed<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const draft = schema.safeParse(body ?? {});
  if (draft.success) return draft.data;
  const { errors } = formErrors(body, draft.error);
  throw new Invalid(Object.values(errors)[0] ?? 'Check what you entered.', { ...errors });
}

/** The form again when it did not work, with what was typed and what is wrong with it. */
async function tried(request: Request, response: Response, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Conflict)) throw error;
    const { values, errors } = formErrors(request.body, error instanceof Invalid ? error : new Invalid(error.message));
    await showForm(response.status(error.status), { values, errors }, request);
  }
}

async function showForm(response: Response, form: Form, request?: Request): Promise<void> {
  const meaning = request?.params.id ? await read(request, response) : undefined;
  await page(response, 'calendar/form', {
    ...(await formLocals(tenantContext(response), meaning, form)),
    ...formAssets,
  });
}

async function showPreferences(response: Response, errors: Form['errors']): Promise<void> {
  await page(response, 'calendar/preferences', {
    ...(await preferencesLocals(tenantContext(response))),
    errors,
    ...assets,
  });
}

/** Of an event, or of one of its occurrences. */
function addressOf(response: Response, { id }: Pick<CalendarEvent, 'id'>, on?: Day): string {
  return `${calendarOf(tenantContext(response))}/events/${id}${on === undefined ? '' : `?on=${isoDay(on)}`}`;
}
