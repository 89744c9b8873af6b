import { config } from '../../../config.js';
import { toolNamed } from '../../../llm/tool.js';
import { sendMail } from '../../../mail/outbox.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { inTenantWithShared, readTenant } from '../../../tenancy/in-tenant.js';
import { listPreferences } from '../../notifications/queries.js';
import { type Approver, listApprovers, mayDecideOwn } from '../approvers.js';
import type { Decision } from '../decision.js';
import { getPolicy } from '../policy/queries.js';
import { readDecision } from '../queries.js';
import { tellApprovers } from '../telling.js';
import { riskWords } from '../wording.js';
import { markAnnounced } from './queries.js';

/** More people than that are told as their preferences say, not by a mail of its own. */
const mostMails = 25;

/**
 * Tells each who may approve a decision, or the one it was left to: by a mail at once, unless they want it another way,
 * and in the page. A mail holds no argument and no
 * title, and its link only shows: deciding takes a session.
 */
export async function announceDecision(system: TenantContext, id: string, to: string | undefined): Promise<void> {
  const { tenant } = system;
  const [decision, policy] = await readTenant(system, 'decisions.update', (db) =>
    Promise.all([readDecision(db, id), getPolicy(db)]),
  );
  if (decision.status !== 'waiting') return;
  const own = await mayDecideOwn(policy, tenant, decision.accountId);
  const asked = (await listApprovers(tenant)).filter(({ accountId }) =>
    to ? accountId === to : own || accountId !== decision.accountId,
  );
  const ids = asked.map(({ accountId }) => accountId);
  const wanted = await readTenant(system, 'decisions.update', (db) => listPreferences(db, ids, 'decision'));
  const mailed = asked.filter(({ accountId }) => wanted.get(accountId)?.mail === 'now').slice(0, mostMails);
  await inTenantWithShared(
    system,
    'decisions.update',
    async (shared) => {
      for (const approver of mailed) {
        await sendMail(shared, mailFor(approver, { decision, workspaceName: tenant.name, slug: tenant.slug }));
      }
    },
    async (db) => {
      // A second run of the same job takes its mails back by failing here.
      if (to === undefined && (await markAnnounced(db, id)) === 0) throw new AlreadyAnnounced('announced already');
      await tellApprovers(db, system, decision, { to: ids, mailed: mailed.map(({ accountId }) => accountId) });
    },
  ).catch((error: unknown) => {
    if (!(error instanceof AlreadyAnnounced)) throw error;
  });
}

class AlreadyAnnounced extends Error {}

interface Letter {
  readonly decision: Decision;
  readonly workspaceName: string;
  readonly slug: string;
}

function mailFor({ email, name }: Approver, { decision, workspaceName, slug }: Letter) {
  const { id, tool, effect, agentName, accountName, expiresAt } = decision;
  return {
    to: email,
    template: 'decision-waiting',
    locals: {
      ...{ name, workspaceName, agentName, until: expiresAt },
      askedBy: accountName,
      toolLabel: toolNamed(tool)?.label ?? tool,
      risk: riskWords[effect],
      link: `${config().origin}/w/${slug}/inbox/${id}`,
    },
  } as const;
}
