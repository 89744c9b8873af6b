import { newId } from '../../../src/database/id.js';
import { insertTurn } from '../../../src/features/conversations/turns/queries.js';
import { inTenant } from '../../../src/tenancy/in-tenant.js';
import { postForm } from '../asking.js';
import { askDecision } from '../things.js';
import { converse, formOf, one, type Ways, world } from './stage.js';

export const talkWays: Ways = {
  '/w/:workspace/inbox/:id/approval': async () => {
    const [path, digest] = await askedOf(world.bob.id);
    return () => postForm(world.acme.owner.person, `${path}/approval`, { fields: { digest } });
  },
  '/w/:workspace/inbox/:id/edited-approval': async () => {
    const [path, digest] = await askedOf(world.bob.id);
    const fields = { digest, arguments: '{"title": "Gas", "text": "Gas burns."}' };
    return () => postForm(world.acme.owner.person, `${path}/edited-approval`, { fields });
  },
  '/w/:workspace/inbox/:id/delegation': async () => {
    const { id: to } = await world.acme.join('delegate', 'admin');
    const [path] = await askedOf(world.bob.id);
    return () => postForm(world.acme.owner.person, `${path}/delegation`, { fields: { to } });
  },
  '/w/:workspace/inbox/:id/rejection': async () => {
    const [path] = await askedOf(world.bob.id);
    return () => postForm(world.acme.owner.person, `${path}/rejection`, { fields: { reason: 'Not now.' } });
  },
  '/w/:workspace/inbox/:id/withdrawal': async () => {
    const [path] = await askedOf(world.acme.owner.id);
    return formOf(world.acme.owner.person, `${path}/withdrawal`);
  },
  '/w/:workspace/conversations': async () => () => converse(),
  '/w/:workspace/conversations/files': async () => () =>
    postForm(world.acme.owner.person, `${world.acme.home}/conversations/files`, {
      fields: { agent: world.ours.agent },
      file: 'Wicks are made of cotton.',
    }),
  '/w/:workspace/conversations/:id/messages/:message/stop': async () => {
    const { acme, ours } = world;
    const [id, answerId] = [newId(), newId()];
    const begins = { agentId: ours.agent, title: 'Long' };
    const turn = { answerId, attempt: newId(), place: {}, question: { id: newId(), text: 'Long?' }, begins };
    await inTenant(acme.context, 'conversations.create', (db) =>
      insertTurn(db, { accountId: acme.owner.id, id }, turn),
    );
    return formOf(acme.owner.person, `${acme.home}/conversations/${id}/messages/${answerId}/stop`);
  },
  '/w/:workspace/conversations/:id/questions/:question/revision': async () => {
    const { acme } = world;
    const id = (await converse()).location.split('/').at(-1);
    const question = await one(
      `select id from ${acme.tenantId}.messages where conversation_id = '${id}' and author = 'member'`,
    );
    const fields = { text: 'In other words?' };
    const path = `${acme.home}/conversations/${id}/questions/${question}/revision`;
    return () => postForm(acme.owner.person, path, { fields });
  },
  '/w/:workspace/conversations/:id/sharing': async () => {
    const path = (await converse()).location;
    return () => postForm(world.acme.owner.person, `${path}/sharing`, { fields: { username: 'bob' } });
  },
  '/w/:workspace/conversations/:id/sharing/:account/removal': async () => {
    const path = (await converse()).location;
    await postForm(world.acme.owner.person, `${path}/sharing`, { fields: { username: 'bob' } });
    return formOf(world.acme.owner.person, `${path}/sharing/${world.bob.id}/removal`);
  },
  '/w/:workspace/conversations/:id/messages/:message/retry': async () => {
    const { acme } = world;
    const id = (await converse()).location.split('/').at(-1);
    const message = await one(
      `select id from ${acme.tenantId}.messages where conversation_id = '${id}' and author = 'agent'`,
    );
    return formOf(acme.owner.person, `${acme.home}/conversations/${id}/messages/${message}/retry`);
  },
};

/** A decision of its own for an act: its address, and the digest that the page shows. */
async function askedOf(account: string): Promise<[path: string, digest: string]> {
  const { acme, ours } = world;
  const conversation = (await converse()).location.split('/').at(-1) ?? '';
  const path = `${acme.home}/inbox/${await askDecision(acme, { agent: ours.agent, conversation, account })}`;
  const { text } = await acme.owner.person.get(path);
  return [path, /name="digest" value="([0-9a-f]{64})"/.exec(text)?.[1] ?? ''];
}
