import { notice, page } from '../../http/page.js';
import { idParam } from '../../http/params.js';
import { limit } from '../../http/rate-limit.js';
import { feature } from '../../http/route.js';
import { tenantContext } from '../../http/signed-in.js';
import { may } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { roleNames } from '../../tenancy/permissions.js';
import { publicKey, publicKeyFingerprint } from '../../vault/signature.js';
import { billOfMaterials } from './components/bill.js';
import { stateWords } from './evidence/control.js';
import { gatherEvidence } from './evidence/gather.js';
import { signedPack } from './evidence/signed.js';
import { lookAt } from './overview/look.js';
import { risksOf } from './overview/risks.js';
import { askSelfTest } from './self-test/actions.js';
import { getSigned } from './self-test/queries.js';
import { Findings, partWords, stateOf } from './self-test/self-test.js';

/** GV-4, GV-3: a workspace's own security page, and what it can show to whoever asks. */
export const assurance = feature('/w/:workspace/security');

assurance.get('/', 'settings.read', async (_request, response) => {
  const context = tenantContext(response);
  const facts = await lookAt(context);
  const finished = facts.selfTests.find(({ finishedAt }) => finishedAt);
  const signed = finished && (await readTenant(context, 'settings.read', (db) => getSigned(db, finished.id)));
  await page(response, 'assurance/show', {
    title: 'Security',
    styles: ['assurance'],
    facts,
    risks: risksOf(facts),
    tests: facts.selfTests.map((test) => ({ ...test, state: stateOf(test) })),
    // One of an earlier version may be of another shape: it is still there to be downloaded.
    findings: signed && Findings.safeParse(JSON.parse(signed.signed)).data,
    partWords,
    roleNames,
    fingerprint: publicKeyFingerprint(),
    mayTest: may(context.actor, 'settings.update'),
  });
});

assurance.post(
  '/self-tests',
  'settings.update',
  limit({ name: 'self-tests', max: 4, seconds: 3600, by: 'account' }),
  async (request, response) => {
    const context = tenantContext(response);
    await askSelfTest(context);
    notice(request, 'The self-test was started. It takes about a minute; you can leave this page meanwhile.');
    response.redirect(303, `/w/${context.tenant.slug}/security#self-test`);
  },
);

/** As it was signed, with all that is needed to check it elsewhere. */
assurance.get('/self-tests/:id', 'settings.read', async (request, response) => {
  const id = idParam(request, 'id');
  const { signed, signature } = await readTenant(tenantContext(response), 'settings.read', (db) => getSigned(db, id));
  response.attachment('self-test.json').json({
    ...{ signed, signature: signature.toString('base64'), algorithm: 'Ed25519', publicKey: publicKey() },
  });
});

assurance.get('/evidence', 'settings.read', async (_request, response) => {
  const pack = await gatherEvidence(tenantContext(response));
  await page(response, 'assurance/evidence', {
    ...{ title: 'Evidence', styles: ['assurance'], pack, ...signedPack(pack), fingerprint: publicKeyFingerprint() },
    stateWords,
  });
});

assurance.get('/evidence.json', 'settings.read', async (_request, response) => {
  const pack = await gatherEvidence(tenantContext(response));
  response.attachment('evidence.json').json(signedPack(pack));
});

/** The parts of the program itself: for whoever compares them with lists of known weaknesses. */
assurance.get('/components.json', 'settings.read', (_request, response) => {
  response.attachment('components.json').json(billOfMaterials(new Date()));
});
