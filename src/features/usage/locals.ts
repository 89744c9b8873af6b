import { shared } from '../../database/shared.js';
import type { FormErrors } from '../../http/form-errors.js';
import { countedEmbeddings } from '../../llm/embeddings.js';
import { currency, priceOf } from '../../llm/prices.js';
import { configuredModels } from '../../llm/router.js';
import { accountOf, may, type TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { zones } from '../calendar/time/zone.js';
import { listMembers } from '../members/queries.js';
import { limitValues } from './limits.js';
import { operatorsLimit } from './meter.js';
import { moneyWords, plainMoney } from './money.js';
import { type By, getMonth, listLimits, listMonths, listNames, listTotals, type Sum, sumCalls } from './queries.js';
import { everybody, type Limit, noLimit, type Standing, shareOf, stricter, workspaceHolder } from './usage.js';
import { dayWords, limitWords, tokenWords } from './wording.js';

/** `usage.read` shows everybody's calls; every member sees their own. */
export function scopeOf({ actor }: TenantContext, month: string) {
  return may(actor, 'usage.read') ? { month } : { month, accountId: accountOf(actor) ?? '' };
}

const groupings: readonly { readonly by: By; readonly heading: string; readonly head: string }[] = [
  { by: 'day', heading: 'By day', head: 'Day' },
  { by: 'agent', heading: 'By agent', head: 'Agent' },
  { by: 'model', heading: 'By model', head: 'Model' },
  { by: 'person', heading: 'By person', head: 'Person' },
];

export async function usageLocals(context: TenantContext, chosen: string | undefined, form?: FormErrors) {
  const read = await readTenant(context, 'workspace.read', async (db) => {
    const now = await getMonth(db);
    const months = [...new Set([now.month, ...(await listMonths(db))])];
    const month = months.find((each) => each.slice(0, 7) === chosen) ?? now.month;
    const scope = scopeOf(context, month);
    const wanted = groupings.filter(({ by }) => by !== 'person' || scope.accountId === undefined);
    const sums = await Promise.all(
      wanted.map(async (group) => ({ ...group, rows: await sumCalls(db, scope, group.by) })),
    );
    const [limits, totals] = await Promise.all([listLimits(db), listTotals(db, now.month)]);
    return { now, months, month, sums, limits, totals, all: scope.accountId === undefined };
  });
  const { now, month, months, sums, limits, all } = read;
  const people = sums.find(({ by }) => by === 'person')?.rows.map(({ key }) => key) ?? [];
  const names = await listNames(shared(), people.filter(Boolean));
  return {
    title: 'Usage',
    styles: ['usage', 'settings'],
    all,
    month: month.slice(0, 7),
    monthOptions: months.map((each) => ({ value: each.slice(0, 7), label: monthWords(each) })),
    monthName: monthWords(month),
    renews: dayWords(now.renewsAt, now.zone),
    zone: now.zone,
    priced: currency() !== undefined,
    total: totalOf(sums.find(({ by }) => by === 'model')?.rows ?? []),
    groups: sums.map(({ rows, ...group }) => ({ ...group, rows: rowsShown(rows, group.by, names) })),
    standings: standingsOf(context, read).map(standingShown),
    ...(may(context.actor, 'settings.update')
      ? await formLocals(context, limits, { zone: now.zone, form })
      : { limits: undefined }),
  };
}

const monthWords = (month: string): string =>
  new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(month));

function totalOf(rows: readonly Sum[]) {
  const sum = (of: (row: Sum) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    calls: sum(({ calls }) => calls),
    failed: sum(({ failed }) => failed),
    tokensIn: sum(({ tokensIn }) => tokensIn),
    tokensOut: sum(({ tokensOut }) => tokensOut),
    tokensCached: sum(({ tokensCached }) => tokensCached),
    cost: costWords({ costMicros: sum(({ costMicros }) => costMicros), unpriced: sum(({ unpriced }) => unpriced) }),
  };
}

/** A cost that is not known is said to be so, never left out. */
function costWords({ costMicros, unpriced }: Pick<Sum, 'costMicros' | 'unpriced'>): string {
  if (unpriced === 0) return moneyWords(costMicros);
  return costMicros === 0 ? 'not known' : `${moneyWords(costMicros)} and more`;
}

/** As the operator calls what is set up now; what is not any more keeps its id. */
const labelOfModel = (id: string): string =>
  [...configuredModels(), ...countedEmbeddings()].find((choice) => choice.id === id)?.label ?? id;

function rowsShown(rows: readonly Sum[], by: By, names: ReadonlyMap<string, string>) {
  const most = Math.max(1, ...rows.map(({ tokensIn, tokensOut }) => tokensIn + tokensOut));
  const nameOf = ({ key, name }: Sum) => {
    if (by === 'agent') return name ?? (key === '' ? 'Documents made searchable' : 'A draft that was only tried out');
    if (by === 'person') return names.get(key) ?? (key === '' ? 'Nobody, or a deleted account' : 'A deleted account');
    return by === 'model' ? labelOfModel(key) : key;
  };
  return rows.map((row) => ({ ...row, most, label: nameOf(row), cost: costWords(row) }));
}

interface Known {
  readonly limits: ReadonlyMap<string, Limit>;
  readonly totals: ReadonlyMap<string, { readonly tokens: number; readonly costMicros: number }>;
}

/** Of the workspace, and of the person who looks, where there is a limit. */
function standingsOf(context: TenantContext, { limits, totals }: Known): Standing[] {
  const accountId = accountOf(context.actor) ?? '';
  const own = limits.get(accountId) ?? limits.get(everybody) ?? noLimit;
  const whole = stricter(limits.get(workspaceHolder) ?? noLimit, operatorsLimit(context.tenant));
  const of = (holder: string, { tokens: mostTokens, costMicros: mostMicros }: Limit): Standing => ({
    ...{ holder, tokens: 0, costMicros: 0 },
    ...totals.get(holder),
    ...{ mostTokens, mostMicros },
  });
  return [of(workspaceHolder, whole), of(accountId, own)].filter((standing) => shareOf(standing) !== undefined);
}

function standingShown(standing: Standing) {
  const { holder, tokens, costMicros, mostTokens, mostMicros } = standing;
  const bar = (label: string, used: number, most: number, words: string) => ({
    ...{ label, words, used: Math.min(used, most), most: Math.max(most, 1) },
    state: used >= most ? 'used up' : used >= 0.8 * most ? 'nearly used up' : 'in order',
  });
  return {
    heading: holder === workspaceHolder ? 'This workspace' : 'You',
    bars: [
      ...(mostTokens === null
        ? []
        : [bar('Tokens', tokens, mostTokens, `${tokenWords(tokens)} of ${tokenWords(mostTokens)}`)]),
      ...(mostMicros === null
        ? []
        : [bar('Money', costMicros, mostMicros, `${moneyWords(costMicros)} of ${moneyWords(mostMicros)}`)]),
    ],
  };
}

interface FormShown {
  readonly zone: string;
  readonly form: FormErrors | undefined;
}

async function formLocals(context: TenantContext, known: ReadonlyMap<string, Limit>, { zone, form }: FormShown) {
  const members = await listMembers(shared(), context.tenant.id);
  const own = members.flatMap(({ accountId, name }) => {
    const limit = known.get(accountId);
    return limit ? [{ name, words: limitWords({ mostTokens: limit.tokens, mostMicros: limit.costMicros }) }] : [];
  });
  const { tokens, costMicros } = operatorsLimit(context.tenant);
  const workspace = known.get(workspaceHolder);
  const each = known.get(everybody);
  const saved = limitValues({ ...(workspace && { workspace }), ...(each && { each }), zone });
  return {
    limits: {
      values: { ...saved, person: '', personVolume: '', personCost: '', ...form?.values },
      errors: form?.errors ?? {},
      zones: zones().map((value) => ({ value, label: value })),
      members: [
        { value: '', label: 'Choose a member' },
        ...members.map(({ accountId: value, name: label }) => ({ value, label })),
      ],
      own,
      operators: limitWords({ mostTokens: tokens, mostMicros: costMicros }),
      currency: currency(),
      unpriced: [...configuredModels(), ...countedEmbeddings()]
        .filter(({ id }) => !priceOf(id))
        .map(({ label }) => label),
      hint: costMicros === null ? '' : plainMoney(costMicros),
    },
  };
}
