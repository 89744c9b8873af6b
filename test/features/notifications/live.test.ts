import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { createEvent } from '../../../src/features/calendar/actions.js';
import { heardIn } from '../../../src/features/notifications/changes/change.js';
import { maySee } from '../../../src/features/notifications/changes/follow.js';
import { since } from '../../../src/features/notifications/changes/heard.js';
import { createPage, updatePage } from '../../../src/features/pages/actions.js';
import { deletePage } from '../../../src/features/pages/tree/actions.js';
import {
  addPerson,
  createSpace,
  deleteSpace,
  removePerson,
  updateSpace,
} from '../../../src/features/spaces/actions.js';
import { updateTask } from '../../../src/features/tasks/actions.js';
import { permissionsOf } from '../../../src/tenancy/permissions.js';
import { until } from '../../support/until.js';
import { type Cast, type Member, startCast } from '../conversations/cast.js';
import { openStream } from '../conversations/stream.js';
import { newTask } from '../tasks/stage.js';

let cast: Cast;

before(async () => {
  cast = await startCast({ model: false });
  // To a page that was drawn before this process listened, or about then, everything may have changed.
  await until('a page of now can be told what it missed', () => since(cast.acme.id, Date.now() - 2_000) !== undefined);
});
after(() => cast?.close());

const Changed = z.object({ changed: z.array(z.string()) });

/** What a page of somebody is told from now on, until `marker` is among it: that comes last, so nothing else will. */
async function heard({ browser, context }: Member, marker: string, drawnAt: number): Promise<string[]> {
  const stream = await openStream(browser, `/w/${context.tenant.slug}/live?since=${drawnAt}`);
  const all: string[] = [];
  while (!all.includes(marker)) all.push(...Changed.parse((await stream.until('changed')).data).changed);
  stream.cut();
  return all;
}

const day = { day: 20_000, minutes: 600 };
const when = { allDay: false, zone: 'UTC', from: day, to: { ...day, minutes: 660 } };
const event = (title: string, visibility: 'team' | 'private') => ({
  ...{ title, description: '', place: '', when, rule: null, visibility, attendees: [], reminderMinutes: null },
});

test('an open page hears what changed of what its person may see, and nothing of what is private (AG-7, IS-5)', async () => {
  const { alice, bob, charlie } = cast;
  const drawnAt = Date.now();
  const diary = await createSpace(alice.context, { name: 'Diary', description: '', kind: 'private' });
  const secret = await createPage(alice.context, { spaceId: diary, parentId: null, title: 'Secret', body: '' });
  await updatePage(alice.context, secret, { body: 'More.', seen: 1 });
  const space = await createSpace(alice.context, { name: 'Team', description: '', kind: 'team' });
  const open = await createPage(alice.context, { spaceId: space, parentId: null, title: 'Open', body: '' });
  const dentist = await createEvent(alice.context, event('Dentist', 'private'));
  const meeting = await createEvent(alice.context, event('Meeting', 'team'));
  await deletePage(alice.context, secret);
  const elsewhere = await newTask(charlie.context, { title: 'Of globex' });
  const task = await newTask(alice.context, { title: 'For all' });
  const [own, others] = [await heard(alice, `task:${task}`, drawnAt), await heard(bob, `task:${task}`, drawnAt)];
  const known = [`page:${secret}`, `event:${dentist.id}`, `page:${open}`, `event:${meeting.id}`, `task:${task}`];
  const among = (told: string[]) => known.filter((each) => told.includes(each));
  assert.deepEqual(among(own), known);
  assert.deepEqual(among(others), known.slice(2));
  assert.deepEqual(among(await heard(charlie, `task:${elsewhere}`, drawnAt)), []);
});

test('who is let into a private space hears of it from then on', async () => {
  const { alice, bob } = cast;
  const shared = await createSpace(alice.context, { name: 'Of two', description: '', kind: 'private' });
  await addPerson(alice.context, shared, bob.id);
  const drawnAt = Date.now();
  const page = await createPage(alice.context, { spaceId: shared, parentId: null, title: 'Ours', body: '' });
  assert.ok((await heard(bob, `page:${page}`, drawnAt)).includes(`page:${page}`));
});

test('lists of spaces, their pages and people hear of a space: of a private one who is in it, and who is taken out (AG-7, IS-5)', async () => {
  const { alice, bob } = cast;
  const drawnAt = Date.now();
  const secret = await createSpace(alice.context, { name: 'Of one', description: '', kind: 'private' });
  await updateSpace(alice.context, secret, { name: 'Still of one', description: '', version: 1 });
  const open = await createSpace(alice.context, { name: 'Open', description: '', kind: 'team' });
  const gone = await createSpace(alice.context, { name: 'Soon gone', description: '', kind: 'team' });
  await deleteSpace(alice.context, gone);
  const [marker, known] = [`space:${gone}`, [`space:${secret}`, `space:${open}`]];
  const [own, others] = [await heard(alice, marker, drawnAt), await heard(bob, marker, drawnAt)];
  assert.deepEqual(
    known.filter((each) => own.includes(each)),
    known,
  );
  assert.ok(!others.includes(`space:${secret}`));
  assert.ok(others.includes(`space:${open}`));
  for (const act of [addPerson, removePerson]) {
    const before = Date.now() + 2_000;
    await act(alice.context, secret, bob.id);
    assert.ok((await heard(bob, `space:${secret}`, before)).includes(`space:${secret}`), act.name);
  }
  const about = (path: string) => alice.browser.get(`/w/acme/${path}`).then(({ text }) => text);
  const listens = async (path: string, region: string, holds: RegExp) => {
    const text = await about(path);
    assert.match(text, new RegExp(`data-live-on="${region}"[\\s\\S]*${holds.source}`), path);
    assert.match(text, /js\/live-regions/, path);
  };
  await listens('pages', 'page space', /Still of one/);
  await listens(`spaces/${secret}`, `page space:${secret}`, /No pages yet/);
  await listens(`spaces/${secret}/people`, `space:${secret}`, /\(you\)/);
  await listens(`spaces/${secret}/archive`, `page space:${secret}`, /Nothing is archived/);
});

test('a stream tells of a change while it is open, once it is committed', async () => {
  const { alice, bob } = cast;
  const task = await newTask(alice.context, { title: 'Watched' });
  const stream = await openStream(bob.browser, '/w/acme/live');
  await stream.until('unread');
  await updateTask(alice.context, task, { seen: 1, changes: { title: 'Changed' } });
  const seen: string[] = [];
  await until('it is told', async () => {
    seen.push(...Changed.parse((await stream.until('changed')).data).changed);
    return seen.includes(`task:${task}`);
  });
  stream.cut();
});

test('whose rights do not include it hears nothing of a kind, and a malformed notice is none', () => {
  const { context } = cast.alice;
  const id = '01890000-0000-7000-8000-000000000000';
  const tenant = context.tenant.id;
  const able = (...permissions: string[]) => {
    const all = [...permissionsOf('owner')].filter((permission) => permissions.includes(permission));
    return { ...context, actor: { ...cast.bob.context.actor, permissions: new Set(all) } } as typeof context;
  };
  const page = heardIn(`${tenant} page ${id}`);
  assert.ok(page);
  assert.equal(maySee(able('pages.read', 'spaces.read'), page), true);
  assert.equal(maySee(able('pages.read'), page), false, 'a page of a team space needs the right to spaces');
  assert.equal(maySee(able('tasks.read', 'spaces.read'), page), false);
  assert.equal(maySee(able('pages.read', 'spaces.read'), { ...page, tenantId: cast.globex.id }), false);
  assert.equal(maySee(able('pages.read'), { ...page, accountId: cast.alice.id }), false);
  assert.equal(maySee(able('pages.read'), { ...page, accountId: cast.bob.id }), true);
  for (const notice of ['', `${tenant} secret ${id}`, `${tenant} constructor ${id}`]) {
    assert.equal(heardIn(notice), undefined, notice);
  }
});

test('a tenant can tell of changes of its own only, and of nothing but a kind and ids (IS-2)', async () => {
  const { admin } = cast.server.database;
  const [id, own] = ['01890000-0000-7000-8000-000000000000', cast.acme.id];
  await assert.rejects(admin.query(`select jobs.tell_change('task', $1, null)`, [id]), /tell_change is for tenants/);
  const tell = (kind: string) =>
    admin
      .query(`begin; set local role ${own}; select jobs.tell_change('${kind}', '${id}', null)`)
      .finally(() => admin.query('rollback'));
  await assert.rejects(tell('task x'), /tell_change is for tenants/);
  await tell('task');
});
