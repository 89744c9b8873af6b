import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { onPublished } from '../../src/database/shared.js';
import { stopTopic } from '../../src/features/conversations/turns/running.js';
import { jobs, tenantJobs } from '../../src/jobs/job.js';
import type { TenantContext } from '../../src/tenancy/context.js';
import { forgetMemberships } from '../../src/tenancy/directory.js';
import { inTenant } from '../../src/tenancy/in-tenant.js';
import { mailsTo } from '../features/accounts/people.js';
import type { Member, Team } from '../features/members/team.js';
import type { Names } from '../routes/places.js';
import { askDecision } from '../routes/things.js';
import { openWorld, snapshot, type World } from '../routes/world.js';

/**
 * Every job of the application, walked from the registry that runs them: one that is added and that nobody has told this
 * file about fails here. What a job is given are ids only, so what it must bear are wrong ones.
 */
type Payload = (names: Names) => Record<string, unknown>;

const document: Payload = (names) => ({ documentId: names.document });
const decision: Payload = (names) => ({ decisionId: names.decision });
const nothing: Payload = () => ({});

/** Jobs of one workspace. Where the world has nothing of that kind, the id of something else that is there. */
const ofTenants: Readonly<Record<string, Payload>> = {
  'assurance.self-test': ({ event }) => ({ id: event }),
  'calendar.remind': (names) => ({ eventId: names['calendar event'] }),
  'conversations.recover': ({ message }) => ({ messageId: message }),
  'decisions.run': decision,
  'decisions.continue': decision,
  'decisions.expire': decision,
  'decisions.announce': (names) => ({ decisionId: names.decision, to: names.account }),
  'exports.write': ({ task }) => ({ exportId: task }),
  'exports.expire': ({ task }) => ({ exportId: task }),
  'knowledge.index': document,
  'knowledge.embed': document,
  'knowledge.expire': document,
  'knowledge.forget-comparison': document,
  'knowledge.forget-gap': ({ gap }) => ({ gapId: gap }),
  'members.erase': ({ account }) => ({ accountId: account }),
  'notifications.mail': ({ account }) => ({ accountId: account, mail: 'hourly' }),
  'notifications.sweep': nothing,
  'usage.sweep': nothing,
  'tasks.work': ({ task }) => ({ workId: task }),
  'tasks.stop-work': ({ conversation }) => ({ conversationId: conversation }),
};

/** Jobs of the installation: with an id that is there, and is not of what they ask for. */
const ofInstallation: Readonly<Record<string, Payload>> = {
  'accounts.recover': ({ account }) => ({ recoveryId: account }),
  'accounts.mail-code': ({ account }) => ({ codeId: account }),
  'accounts.sign-in-refused': ({ event }) => ({ eventId: event }),
  'mail.deliver': ({ deletion }) => ({ mailId: deletion }),
  'workspaces.delete': ({ account }) => ({ deletionId: account, owners: [account] }),
};

let world: World;
let schemas: string[];
const runIn = ({ context: { tenant } }: Team, name: string): TenantContext => ({
  tenant,
  actor: { kind: 'system', name, may: tenantJobs.get(name)?.may ?? [] },
  trigger: 'job',
  requestId: 'walked',
});

before(async () => {
  world = await openWorld();
  schemas = [world.acme.tenantId, world.globex.tenantId, 'shared', 'graphile_worker'];
});
after(() => world?.close());

/** Tries it, whatever it says, and demands that nothing anywhere has changed. */
async function changesNothing(what: string, attempt: () => Promise<unknown>): Promise<void> {
  const earlier = await snapshot(world, schemas);
  await attempt().catch(() => undefined);
  assert.deepEqual(await snapshot(world, schemas), earlier, what);
}

test('this walk knows every job, and every job that it knows is there', () => {
  const takesIds = [...jobs].filter(([, { schedule }]) => schedule === undefined).map(([name]) => name);
  assert.deepEqual([...tenantJobs.keys()].sort(), Object.keys(ofTenants).sort());
  assert.deepEqual(takesIds.sort(), Object.keys(ofInstallation).sort());
});

test("no job of a workspace does anything with the ids of another's (IS-4)", async () => {
  const stops: string[] = [];
  const leave = onPublished(stopTopic, (id) => stops.push(id));
  for (const [name, payload] of Object.entries(ofTenants)) {
    // What has no id in it works on its own workspace only.
    const theirs = Object.keys(payload(world.theirs)).length > 0;
    const place = theirs ? schemas : [world.globex.tenantId];
    const earlier = await snapshot(world, place);
    const { run, gaveUp } = tenantJobs.get(name) ?? assert.fail(name);
    await run(runIn(world.acme, name), payload(world.theirs)).catch(() => undefined);
    await gaveUp(runIn(world.acme, name), payload(world.theirs)).catch(() => undefined);
    assert.deepEqual(await snapshot(world, place), earlier, name);
  }
  leave();
  assert.deepEqual(stops, [], 'an answer of theirs would have been stopped');
});

test('no job of the installation does anything with an id of something else', async () => {
  for (const [name, payload] of Object.entries(ofInstallation)) {
    await changesNothing(name, async () => jobs.get(name)?.run(payload(world.ours)));
  }
});

test('a malformed payload is refused before anything is done', async () => {
  const broken = [null, 'x', 7, [], { id: 'x' }, { documentId: "' or true --" }, { decisionId: 'x', to: 7 }];
  const all = [
    ...Object.keys(ofTenants).map((name) => ({
      name,
      payload: ofTenants[name],
      run: (given: unknown) => tenantJobs.get(name)?.run(runIn(world.acme, name), given),
    })),
    ...Object.keys(ofInstallation).map((name) => ({
      name,
      payload: ofInstallation[name],
      run: (given: unknown) => jobs.get(name)?.run(given),
    })),
  ].filter(({ payload }) => payload !== nothing);
  const earlier = await snapshot(world, schemas);
  for (const { name, run } of all) {
    for (const given of broken) await assert.rejects(async () => run(given), { name: 'ZodError' }, `${name} ${given}`);
  }
  assert.deepEqual(await snapshot(world, schemas), earlier);
});

test('no job does anything in the name of somebody who has left, or tells them anything (MB-5, AG-6)', async () => {
  const { server, acme } = world;
  const { admin } = server.database;
  const gus = await acme.join('gus', 'admin');
  const { agent, conversation } = world.ours;
  const names = { ...world.ours, account: gus.id };
  const asked = await askDecision(acme, { agent, conversation, account: gus.id });
  await approvedBy(acme.owner, asked);
  const waiting = await askDecision(acme, { agent, conversation, account: world.ours.account });
  await admin.query('delete from shared.memberships where account_id = $1', [gus.id]);
  forgetMemberships(gus.id);
  const documents = async () => (await admin.query(`select from ${acme.tenantId}.documents`)).rowCount;
  const before = await documents();
  // Those that are about a person, whose time is not the question.
  const about = Object.entries(ofTenants).filter(
    ([name, payload]) =>
      name !== 'decisions.expire' && ('decisionId' in payload(names) || 'accountId' in payload(names)),
  );
  for (const [name, payload] of about) {
    for (const decisionId of [asked, waiting]) {
      const given = payload({ ...names, decision: decisionId });
      await tenantJobs
        .get(name)
        ?.run(runIn(acme, name), given)
        .catch(() => undefined);
    }
  }
  const { rows } = await admin.query(`select status from ${acme.tenantId}.decisions where id = $1`, [asked]);
  assert.equal(rows[0].status, 'refused');
  assert.equal(await documents(), before, 'it ran for somebody who has left');
  assert.deepEqual(await mailsTo(server, gus.email), []);
  const told = await admin.query(`select from ${acme.tenantId}.notifications where account_id = $1`, [gus.id]);
  assert.equal(told.rowCount, 0);

  /** With the yes of the owner, as its page writes it. */
  async function approvedBy(owner: Member, id: string): Promise<void> {
    const { insertStep, readDecision } = await import('../../src/features/decisions/queries.js');
    const { markApproved } = await import('../../src/features/decisions/running/queries.js');
    await inTenant(acme.context, 'decisions.update', async (db) => {
      const [version] = (await readDecision(db, id)).versions;
      const digest = version?.digest ?? Buffer.of();
      await insertStep(db, id, { step: 'approved', accountId: owner.id, accountName: owner.name, version: 1, digest });
      await markApproved(db, id);
    });
  }
});
