import { after, before } from 'node:test';
import { type Cast, guideOf, type Member, startCast } from '../conversations/cast.js';
import { deletionAsked } from './asked.js';
import { approverIn } from './people.js';

export let cast: Cast;
export let guide: string;
export let dora: Member;
export const admin = (text: string, values: unknown[] = []) => cast.server.database.admin.query(text, values);

before(async () => {
  cast = await startCast();
  guide = await guideOf(cast, cast.acme);
  const tools = '{search_knowledge,list_documents,add_document,delete_document,pay_once,pay_again}';
  await admin(`update ${cast.acme.id}.agents set tools = $1 where id = $2`, [tools, guide]);
  dora = await approverIn(cast, 'dora');
});
after(() => cast?.close());

export const deletion = (title?: string) => deletionAsked(cast, cast.alice, guide, title);

export const eventsAbout = async (id: string) => {
  const { rows } = await admin(
    `select event, outcome from ${cast.acme.id}.audit_events where subject_id = $1 or details ->> 'decisionId' = $1 order by at, id`,
    [id],
  );
  return rows.map(({ event, outcome }) => (outcome === 'done' ? event : `${event} ${outcome}`));
};
