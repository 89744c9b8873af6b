import { csvRow } from '../../http/csv.js';
import { plainMoney } from './money.js';
import type { Call } from './queries.js';

export const csvHead = csvRow([
  'id',
  'at',
  'person',
  'account_id',
  'agent',
  'agent_id',
  'purpose',
  'provider',
  'model',
  'state',
  'tokens_in',
  'tokens_out',
  'tokens_cached',
  'tokens_cache_written',
  'estimated',
  'cost',
  'currency',
]);

/** One call, its time in UTC. An unknown cost is empty. */
export function csvLine(call: Call, names: ReadonlyMap<string, string>): string {
  return csvRow([
    call.id,
    call.at.toISOString(),
    names.get(call.accountId ?? '') ?? '',
    call.accountId ?? '',
    call.agentName ?? '',
    call.agentId ?? '',
    call.purpose,
    call.provider,
    call.model,
    call.state,
    String(call.tokensIn),
    String(call.tokensOut),
    String(call.tokensCached),
    String(call.tokensCacheWritten),
    call.estimated ? 'yes' : 'no',
    call.costMicros === null ? '' : plainMoney(call.costMicros),
    call.currency ?? '',
  ]);
}
