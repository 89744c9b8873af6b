import { config } from '../../../config.js';
import { digestOfRows, listRelations } from '../../../database/crossing.js';
import { shared } from '../../../database/shared.js';
import { scopeOf } from '../../../tenancy/in-tenant.js';
import { publicKeyFingerprint, signText } from '../../../vault/signature.js';
import { tryRoutes, trySearch } from './addresses.js';
import { type Canary, withCanaries } from './canaries.js';
import { tryKeys } from './keys.js';
import { plant } from './planting.js';
import { countSharedRows, type Signed } from './queries.js';
import { type Findings, type Part, totalsOf } from './self-test.js';
import { tryTables } from './tables.js';
import { visitAs } from './visit.js';

/** What background work never writes to, so that a change in it was made by somebody. */
const byPeopleOnly = new Set(['tasks', 'labels', 'task_labels', 'task_entries', 'spaces', 'pages', 'calendar_events']);

/**
 * Everything that can be tried between two workspaces that hold nothing of anybody. Throws when it could not be carried
 * out, or when one of its own controls shows that it would prove nothing. `origin` is asked as people ask it.
 */
export function tryCanaries(origin = config().origin): Promise<Part[]> {
  return withCanaries(async (one, other) => {
    const planted = await plant(other);
    const before = await stateOf(other);
    const tables = await tryTables(one, other);
    const [visit, owner] = [await visitAs(one.accountId, origin), await visitAs(other.accountId, origin)];
    const slugs = { one: one.context.tenant.slug, other: other.context.tenant.slug };
    const routes = await tryRoutes(visit, { own: slugs.one, planted });
    const changed = (await stateOf(other)) !== before;
    const search = await trySearch({ visit, slug: slugs.one }, { visit: owner, slug: slugs.other }, planted);
    const keys = await tryKeys(one, other);
    return [tables, changed ? withLeak(routes, 'a row of the other one was changed') : routes, search, keys];
  });
}

async function stateOf({ context: { tenant } }: Canary): Promise<string> {
  const relations = (await listRelations(shared(), tenant.id)).filter(({ name }) => byPeopleOnly.has(name));
  return `${await digestOfRows(scopeOf(tenant), relations)} ${await countSharedRows(shared(), tenant.id)}`;
}

function withLeak(part: Part, leak: string): Part {
  return { ...part, tried: part.tried + 1, leaks: [...part.leaks, leak] };
}

export interface Tested {
  readonly id: string;
  readonly workspace: string;
  readonly begun: Date;
  readonly parts: readonly Part[];
}

/** The result in words and numbers, dated and signed with the installation's key. */
export function sign({ id, workspace, begun, parts }: Tested): { findings: Findings; signed: Signed } {
  const findings: Findings = {
    ...{ what: 'Bailiwick isolation self-test', id, installation: config().origin, workspace },
    ...{ begun: begun.toISOString(), finished: new Date().toISOString(), ...totalsOf(parts) },
    ...{ parts: [...parts], key: publicKeyFingerprint() },
  };
  const text = JSON.stringify(findings);
  return { findings, signed: { signed: text, signature: signText(text) } };
}
