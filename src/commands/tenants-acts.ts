import { shared } from '../database/shared.js';
import { commandLine } from '../features/platform/operator.js';
import { changeTrial, resumeTenant, suspendTenant } from '../features/platform/tenants/actions.js';
import { getPlatformTenantBySlug } from '../features/platform/tenants/queries.js';
import { type PlatformTenant, Reason } from '../features/platform/tenants/tenant.js';
import { TrialForm, trialValues } from '../features/platform/tenants/trial.js';
import { openInstallation } from '../installation.js';

type Words = readonly (string | undefined)[];

/** `tenants suspend SLUG REASON`: nobody enters it from their next request on; its owners are told why by mail. */
export function suspendOne([slug, ...reason]: Words): Promise<void> {
  const why = reasonIn(reason, 'tenants suspend SLUG REASON');
  return actOnOne(slug, async ({ id, name }) => {
    await suspendTenant(commandLine(), id, why);
    return `${name} is suspended.`;
  });
}

/** `tenants resume SLUG REASON` */
export function resumeOne([slug, ...reason]: Words): Promise<void> {
  const why = reasonIn(reason, 'tenants resume SLUG REASON');
  return actOnOne(slug, async ({ id, name }) => {
    await resumeTenant(commandLine(), id, why);
    return `${name} is open again.`;
  });
}

/** `tenants trial SLUG DAY`, or `off`: the last day of its trial (UTC). Its quotas stay. */
export function setTrialOf([slug, day]: Words): Promise<void> {
  if (!day)
    throw new Error('Say which workspace, and the last day of its trial: tenants trial SLUG 2027-01-31 (or off)');
  return actOnOne(slug, async (tenant) => {
    const wanted = TrialForm.safeParse({ ...trialValues(tenant), endsOn: day === 'off' ? '' : day });
    if (!wanted.success) throw new Error(wanted.error.issues.map(({ message }) => message).join(' '));
    await changeTrial(commandLine(), tenant.id, wanted.data);
    return day === 'off' ? `${tenant.name} is not a trial.` : `The trial of ${tenant.name} ends on ${day}.`;
  });
}

function reasonIn(words: Words, usage: string): string {
  const parsed = Reason.safeParse({ reason: words.join(' ') });
  if (!parsed.success) throw new Error(`${parsed.error.issues[0]?.message ?? 'Say why.'} ${usage}`);
  return parsed.data.reason;
}

async function actOnOne(slug: string | undefined, act: (tenant: PlatformTenant) => Promise<string>): Promise<void> {
  const installation = await openInstallation({ migrate: false, visiting: true });
  try {
    const said = await act(await getPlatformTenantBySlug(shared(), slug ?? ''));
    process.stdout.write(`${said}\n`);
  } finally {
    await installation.close();
  }
}
