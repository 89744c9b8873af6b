import { openTeam } from '../../features/members/team.js';
import { putInConsole } from '../../features/platform/console.js';
import { postForm } from '../asking.js';
import { formOf, one, type Ways, world } from './stage.js';

export const operatorWays: Ways = {
  '/platform/exit': async () => {
    const { person, id } = await world.acme.join('olga', 'member');
    await putInConsole(world.server, id);
    return formOf(person, '/platform/exit');
  },
  '/platform/tenants/:tenant/owner-invitation': async () => {
    const { person } = world.acme.owner;
    const made = await postForm(person, '/platform/tenants', { fields: { name: 'Ownerless', email: 'mia@made.test' } });
    return () => postForm(person, `${made.location}/owner-invitation`, { fields: { email: 'max@made.test' } });
  },
  '/platform/tenants/:tenant/deletion': async () => {
    const { slug, tenantId } = await openTeam(world.server, 'Doomed', 'dan');
    const form = { fields: { typed: slug } };
    return () => postForm(world.acme.owner.person, `/platform/tenants/${tenantId}/deletion`, form);
  },
  '/platform/reports/:reference/publication': async () => {
    const { acme, ours } = world;
    await one(
      `update shared.reports set credit = 'x', consented_at = now() where reference = '${ours.report}' returning 1`,
    );
    return formOf(acme.owner.person, `/platform/reports/${ours.report}/publication`);
  },
};
