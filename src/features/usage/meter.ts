import { config } from '../../config.js';
import { newId } from '../../database/id.js';
import { Forbidden, UpstreamFailed } from '../../errors.js';
import type { AheadOf, Meter, Settle } from '../../llm/meter.js';
import { costOf, currency, mostCost, type Price, priceOf } from '../../llm/prices.js';
import { log } from '../../log.js';
import type { Tenant, TenantContext } from '../../tenancy/context.js';
import { inOneStatement, inTenant } from '../../tenancy/in-tenant.js';
import { closeCall, insertTotals, type NewCall, type Opened, openCall } from './counting/queries.js';
import { enqueueSweeps } from './keeping.js';
import { plainMoney } from './money.js';
import { type Limit, type Purpose, workspaceHolder } from './usage.js';
import { warnOf } from './warning.js';
import { dayWords, refusalWords } from './wording.js';

export interface OnWhom {
  /** Of the person who asks; null when it is on the account of the workspace alone. */
  readonly accountId: string | null;
  readonly agentId: string | null;
  readonly purpose: Purpose;
  /** The most that all calls together may cost, in millionths; what the agent's makers said. */
  readonly most?: number | undefined;
}

/**
 * Counts the calls of one answer (AG-3, AG-6). Before each, the most that it can come to is taken from what the answer, the
 * person and the workspace have left; when it has ended, what it did come to. So nothing runs past a limit, however many
 * ask at once. Throws Forbidden for a limit of the month, UpstreamFailed for that of the answer.
 */
export function turnMeter(context: TenantContext, { most, ...who }: OnWhom): Meter {
  let spent = 0;
  return {
    async begin(ahead) {
      const price = priceOf(ahead.choice.id);
      if (most !== undefined) demandAffordable({ ahead, price, left: most - spent });
      const call = newCall(context.tenant, who, { ahead, price });
      const standings = await open(context, call);
      if (!standings[0]?.opened) throw refusal(call, standings);
      return settled(context, {
        call,
        price,
        standings,
        spend: (micros) => {
          spent += micros;
        },
      });
    },
  };
}

function demandAffordable({ ahead, price, left }: { ahead: AheadOf; price: Price | undefined; left: number }): void {
  if (!price) {
    throw new UpstreamFailed(
      `This agent may spend so much on an answer, and ${ahead.choice.label} has no price here. Ask whoever looks after the agent.`,
    );
  }
  if (mostCost(price, ahead) <= left) return;
  throw new UpstreamFailed('The answer would have cost more than one of this agent may. Ask for less at once.');
}

interface Priced {
  readonly ahead: AheadOf;
  readonly price: Price | undefined;
}

function newCall(tenant: Tenant, who: Omit<OnWhom, 'most'>, { ahead, price }: Priced): NewCall {
  const { choice, inputTokens, outputTokens } = ahead;
  return {
    ...who,
    id: newId(),
    provider: choice.provider,
    model: choice.model,
    inputTokens,
    outputTokens,
    costMicros: price ? mostCost(price, ahead) : null,
    currency: price ? (currency() ?? null) : null,
    operators: operatorsLimit(tenant),
  };
}

/** What the operator lets a workspace use: its own quota, or the installation's for all. */
export function operatorsLimit({ quotas }: Tenant): Limit {
  const { QUOTA_TOKENS_PER_MONTH: tokens, QUOTA_COST_PER_MONTH: cost } = config();
  return {
    tokens: quotas?.tokensPerMonth ?? tokens ?? null,
    costMicros: quotas?.costPerMonth ?? (cost === undefined ? null : Math.round(cost * 1_000_000)),
  };
}

/** Where the person and the workspace stood before, and whether the call may be made. */
async function open(context: TenantContext, call: NewCall): Promise<Opened[]> {
  const standings = await inOneStatement(context, 'workspace.read', (db) => openCall(db, call));
  if (standings.every(({ tokens }) => tokens !== null)) return standings;
  await inTenant(context, 'workspace.read', async (db) => {
    await insertTotals(db, call.accountId);
    await enqueueSweeps(db);
  });
  return inOneStatement(context, 'workspace.read', (db) => openCall(db, call));
}

function refusal({ costMicros, model, operators }: NewCall, standings: readonly Opened[]): Forbidden {
  const standing = standings.find(({ fits }) => !fits);
  if (!standing) return new Forbidden('This could not be counted, so it was not asked. Try again.');
  const { tokens, costMicros: spent, mostTokens, mostMicros, holder, renewsAt } = standing;
  const own = holder === workspaceHolder;
  const words = refusalWords({
    standing: { holder, mostTokens, mostMicros, tokens: tokens ?? 0, costMicros: spent ?? 0 },
    operators: own && (mostTokens === operators.tokens || mostMicros === operators.costMicros),
    renews: dayWords(renewsAt, 'UTC'),
    priceless: costMicros === null && mostMicros !== null ? model : undefined,
  });
  return new Forbidden(words);
}

interface Running {
  readonly call: NewCall;
  readonly price: Price | undefined;
  readonly standings: readonly Opened[];
  spend(micros: number): void;
}

function settled(context: TenantContext, { call, price, standings, spend }: Running): Settle {
  return async (state, counted) => {
    const costMicros = price ? costOf(price, counted) : null;
    spend(costMicros ?? 0);
    try {
      const ended = { state, counted, costMicros };
      const totals = await inOneStatement(context, 'workspace.read', (db) => closeCall(db, call.id, ended));
      await warnOf(context, totals, standings);
    } catch (error) {
      // Then it stays at the most that it could have come to, which keeps the limit.
      log().error({ err: error, callId: call.id, cost: plainMoney(costMicros ?? 0) }, 'a call could not be counted');
    }
  };
}
