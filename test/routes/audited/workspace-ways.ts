import { createPage } from '../../../src/features/pages/actions.js';
import { addPerson } from '../../../src/features/spaces/actions.js';
import { createTask } from '../../../src/features/tasks/actions.js';
import { endWork } from '../../../src/features/tasks/work/giving.js';
import { act } from '../../features/members/team.js';
import { added, postForm } from '../asking.js';
import { calendarEvent } from '../forms.js';
import { another, formOf, standAt, type Ways, world } from './stage.js';

export const workspaceWays: Ways = {
  '/w/:workspace/tasks/:id/work': async () => {
    const id = await taskOfAgent();
    await endWork(world.acme.context, id);
    return formOf(world.acme.owner.person, `${world.acme.home}/tasks/${id}/work`);
  },
  '/w/:workspace/tasks/:id/work/ending': async () =>
    formOf(world.acme.owner.person, `${world.acme.home}/tasks/${await taskOfAgent()}/work/ending`),
  '/w/:workspace/pages/:id/place': async () => {
    const { acme, ours } = world;
    const inside = { spaceId: ours.space, parentId: ours.page, title: 'Wicks', body: '' };
    const id = await createPage(acme.context, inside);
    const fields = { space: ours.space, parent: '' };
    return () => postForm(acme.owner.person, `${acme.home}/pages/${id}/place`, { fields });
  },
  '/w/:workspace/spaces/:id/people': async () => {
    const { acme, ours } = world;
    const { id } = await acme.join('let-in', 'member');
    const fields = { account: id };
    return () => postForm(acme.owner.person, `${acme.home}/spaces/${ours.space}/people`, { fields });
  },
  '/w/:workspace/spaces/:id/people/:account/removal': async () => {
    const { acme, ours } = world;
    await addPerson(acme.context, ours.space, ours.account);
    return formOf(acme.owner.person, `${acme.home}/spaces/${ours.space}/people/${ours.account}/removal`);
  },
  '/w/:workspace/members/:id/access': async () => {
    const { acme } = world;
    const keeper = await acme.join('diarist', 'member');
    const { id } = keeper;
    const what = (await postForm(keeper.person, `${acme.home}/spaces`, { fields: { name: 'Diary', kind: 'private' } }))
      .location;
    const fields = { what: `space:${what.split('/').at(-1)}`, reason: 'Something has to be found' };
    return () => postForm(acme.owner.person, `${acme.home}/members/${id}/access`, { fields });
  },
  '/w/:workspace/members/departures/:departed/heir': async () => {
    const { acme, ours } = world;
    const path = `${acme.home}/members/departures/${ours.departed}/heir`;
    return () => postForm(acme.owner.person, path, { fields: { heir: acme.owner.id } });
  },
  '/w/:workspace/calendar/events/:id/answer': async () => {
    const { acme } = world;
    const { person, id } = acme.owner;
    const event = await added(person, acme, '/calendar/events', { ...calendarEvent, attendees: id });
    return () => postForm(person, `${acme.home}/calendar/events/${event}/answer`, { fields: { answer: 'maybe' } });
  },
  '/w/:workspace/knowledge/:id/versions/pasted': async () => {
    const { acme } = world;
    const fields = { title: 'Wax', text: 'Wax burns.' };
    const { location } = await postForm(acme.owner.person, `${acme.home}/knowledge/pasted`, { fields });
    return () => postForm(acme.owner.person, `${location}/versions/pasted`, { fields });
  },
  '/w/:workspace/knowledge/:id/indexing': async () => {
    await standAt(world.ours.document, 'done');
    return formOf(world.acme.owner.person, `${world.acme.home}/knowledge/${world.ours.document}/indexing`);
  },
  '/w/:workspace/knowledge/:id/dismissal': async () => {
    const { acme } = world;
    const fields = { title: 'Torn', text: 'Nothing to read.' };
    const added = await postForm(acme.owner.person, `${acme.home}/knowledge/pasted`, { fields });
    await standAt(added.location.split('/').at(-1) ?? '', 'failed');
    return formOf(acme.owner.person, `${added.location}/dismissal`);
  },
  '/w/:workspace/members/ownership': async () => {
    const { acme } = world;
    const [giver, heir] = [await acme.join('giver', 'owner'), await acme.join('heir', 'member')];
    return () => act(acme, giver, '/members/ownership', { account: heir.id });
  },
  '/w/:workspace/groups/:id/members': async () => {
    const { acme, ours } = world;
    const joining = await acme.join('joining', 'member');
    return () => act(acme, acme.owner, `/groups/${ours.group}/members`, { account: joining.id });
  },
  '/w/:workspace/groups/:id/members/:account/removal': async () => {
    const { acme, ours } = world;
    const going = await acme.join('going', 'member');
    await act(acme, acme.owner, `/groups/${ours.group}/members`, { account: going.id });
    return () => act(acme, acme.owner, `/groups/${ours.group}/members/${going.id}/removal`);
  },
  '/w/:workspace/usage/people': async () => {
    const { acme } = world;
    const { id } = await acme.join('thrifty', 'member');
    const fields = { person: id, personVolume: '1000' };
    return () => postForm(acme.owner.person, `${acme.home}/usage/people`, { fields });
  },
  '/w/:workspace/members/:id/removal': async () => {
    const { acme } = world;
    const { id } = await acme.join('sent-away', 'member');
    return formOf(acme.owner.person, `${acme.home}/members/${id}/removal`);
  },
  '/w/:workspace/members/departure': async () =>
    formOf(await another('leaver'), `${world.acme.home}/members/departure`),
};

/** It is at it. */
async function taskOfAgent(): Promise<string> {
  const { acme, ours } = world;
  const assignee = { kind: 'agent', id: ours.agent } as const;
  const rest = { status: 'todo', priority: 'none', assignee, due: null, labels: [] } as const;
  return createTask(acme.context, { title: 'Clean the lamps', description: '', ...rest });
}
