import { config } from '../../../config.js';
import { toolNamed } from '../../../llm/tool.js';
import { sendMail } from '../../../mail/outbox.js';
import type { TenantContext } from '../../../tenancy/context.js';
import { inTenantWithShared, readTenant } from '../../../tenancy/in-tenant.js';
import { listPreferences } from '../../notifications/queries.js';
import { unsubscribeLink } from '../../notifications/unsubscribing/link.js';
import { type Approver, listDeciders } from '../approvers.js';
import type { Decision } from '../decision.js';
import { readDecision } from '../queries.js';
import { tellApprovers, tellNobodyElse } from '../telling.js';
import { riskWords } from '../wording.js';
import { markAnnounced } from './queries.js';

/** More people than that are told as their preferences say, not by a mail of its own. */
const mostMails = 25;

/**
 * Tells each who may decide, or the one it was left to: by a mail at once, unless they want it another way, and in the
 * page. A mail holds no argument and no title, and its link only shows: deciding takes a session. When nobody else may
 * decide, the person whom it was asked for is told so.
 */
export async function announceDecision(system: TenantContext, id: string, to: string | undefined): Promise<void> {
  const { tenant } = system;
  const found = await readAsked(system, id, to);
  if (!found) return;
  const { decision, asked, mailed } = found;
  await inTenantWithShared(
    system,
    'decisions.update',
    async (shared) => {
      for (const approver of mailed) {
        await sendMail(
          shared,
          mailFor(approver, { decision, tenantId: tenant.id, workspaceName: tenant.name, slug: tenant.slug }),
        );
      }
    },
    async (db) => {
      // A second run of the same job takes its mails back by failing here.
      if (to === undefined && (await markAnnounced(db, id)) === 0) throw new AlreadyAnnounced('announced already');
      if (asked.length === 0 && !to) return tellNobodyElse(db, system, decision);
      await tellApprovers(db, system, decision, {
        to: asked.map(({ accountId }) => accountId),
        mailed: mailed.map(({ accountId }) => accountId),
      });
    },
  ).catch((error: unknown) => {
    if (!(error instanceof AlreadyAnnounced)) throw error;
  });
}

class AlreadyAnnounced extends Error {}

/** Who is asked, and who of them by a mail now; undefined when it is decided already. */
async function readAsked(system: TenantContext, id: string, to: string | undefined) {
  return readTenant(system, 'decisions.update', async (db) => {
    const decision = await readDecision(db, id);
    if (decision.status !== 'waiting') return undefined;
    const deciders = await listDeciders(db, system, decision);
    const asked = to ? deciders.filter(({ accountId }) => accountId === to) : deciders;
    const people = asked.map(({ accountId }) => accountId);
    const wanted = await listPreferences(db, people, 'decision');
    const mailed = asked.filter(({ accountId }) => wanted.get(accountId)?.mail === 'now').slice(0, mostMails);
    return { decision, asked, mailed };
  });
}

interface Letter {
  readonly decision: Decision;
  readonly tenantId: string;
  readonly workspaceName: string;
  readonly slug: string;
}

function mailFor({ accountId, email, name }: Approver, { decision, tenantId, workspaceName, slug }: Letter) {
  const { id, tool, effect, agentName, accountName, expiresAt } = decision;
  return {
    to: email,
    template: 'decision-waiting',
    unsubscribe: unsubscribeLink({ tenantId, accountId, kinds: ['decision'] }),
    locals: {
      ...{ name, workspaceName, agentName, until: expiresAt },
      askedBy: accountName,
      toolLabel: toolNamed(tool)?.label ?? tool,
      risk: riskWords[effect],
      link: `${config().origin}/w/${slug}/inbox/${id}`,
    },
  } as const;
}
