import type { Database } from '../../../database/database.js';
import { newId } from '../../../database/id.js';
import { publish, sharedTransaction, tellHere } from '../../../database/shared.js';
import { incidentsTopic } from '../../status/incidents/banners.js';
import type { IncidentDraft, NewIncident, UpdateDraft } from '../../status/incidents/draft.js';
import { closes } from '../../status/incidents/incident.js';
import {
  getIncident,
  insertIncident,
  insertUpdate,
  setClosed,
  updateIncident,
} from '../../status/incidents/queries.js';
import type { Details } from '../events/event.js';
import { insertPlatformAct } from '../events/queries.js';
import type { Operator } from '../operator.js';

/** Tells everybody, on /status, in its feed and above the pages of every workspace. Answers the id. */
export async function openIncident(operator: Operator, { text, ...draft }: NewIncident): Promise<string> {
  const id = newId();
  const stage = draft.kind === 'incident' ? 'investigating' : 'planned';
  await tell(operator, id, async (db) => {
    await insertIncident(db, id, draft);
    await insertUpdate(db, { id: newId(), incidentId: id, stage, text });
    return { event: 'platform.incident-opened', details: { ...factsOf(draft), stage } };
  });
  return id;
}

/** Says how far it is. An update that ends it closes it, a later one that does not opens it again. */
export async function updateStage(operator: Operator, id: string, { stage, text }: UpdateDraft): Promise<void> {
  await tell(operator, id, async (db) => {
    const { kind } = await getIncident(db, id);
    await insertUpdate(db, { id: newId(), incidentId: id, stage, text });
    await setClosed(db, id, closes(stage));
    return { event: 'platform.incident-updated', details: { kind, stage } };
  });
}

/** Corrects what it is, when it is and what it concerns; what was said in updates stays. */
export async function correctIncident(operator: Operator, id: string, draft: IncidentDraft): Promise<void> {
  await tell(operator, id, async (db) => {
    await updateIncident(db, id, draft);
    return { event: 'platform.incident-corrected', details: factsOf(draft) };
  });
}

interface Told {
  readonly event: string;
  readonly details: Details;
}

async function tell(operator: Operator, id: string, change: (db: Database) => Promise<Told>): Promise<void> {
  await sharedTransaction(async (db) => {
    const { event, details } = await change(db);
    await insertPlatformAct(db, operator, { event, details: { incident: id, ...details } });
    await publish(db, incidentsTopic, id);
  });
  tellHere(incidentsTopic, id);
}

function factsOf({ kind, severity, components, startsAt, endsAt }: IncidentDraft): Details {
  const ends = endsAt?.toISOString() ?? null;
  return { kind, severity, components: components.join(' '), starts: startsAt.toISOString(), ends };
}
