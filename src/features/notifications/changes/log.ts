import { newId } from '../../../database/id.js';
import type { Heard } from './change.js';

/** Something heard, and how a reader who has it says so to any process. */
export interface Entry {
  readonly position: string;
  /** By the clock of this process, in ms. */
  readonly at: number;
  readonly heard: Heard;
}

interface Log {
  readonly entries: Entry[];
  /** Where `entries` begin, and since when they are all there is. */
  base: string;
  since: number;
  /** What every process hears the same: a position is the last mark, and how much came after it. */
  mark: string;
  count: number;
}

/**
 * What was heard lately in each workspace. Postgres delivers notices in the order of the commits, and to every process in
 * the same, so that a position which one process gave out is found by another that listened at that time. One that it
 * does not know answers undefined: then anything may have been missed.
 */
export function newLog({ mostOfOne = 200, mostInAll = 20_000 } = {}) {
  const logs = new Map<string, Log>();
  let kept = 0;
  let beginning = begin();

  const forgetAll = () => {
    logs.clear();
    kept = 0;
    beginning = begin();
  };
  const logOf = (tenantId: string): Log => {
    const log = logs.get(tenantId) ?? { entries: [], ...beginning, count: 0 };
    logs.set(tenantId, log);
    return log;
  };
  const known = (tenantId: string) => logs.get(tenantId) ?? { entries: [] as Entry[], ...beginning };

  return {
    forgetAll,
    /** A notice's own name, said before it. */
    mark(tenantId: string, mark: string): void {
      Object.assign(logOf(tenantId), { mark, count: 0 });
    },
    hear(heard: Heard, at = Date.now()): Entry {
      // Whoever follows asks for everything then: rarer than a count of who was heard last would be worth.
      if (kept >= mostInAll) forgetAll();
      const log = logOf(heard.tenantId);
      log.count += 1;
      const entry = { position: `${log.mark}.${log.count}`, at, heard };
      log.entries.push(entry);
      kept += 1;
      const dropped = log.entries.length > mostOfOne ? log.entries.shift() : undefined;
      if (!dropped) return entry;
      kept -= 1;
      log.base = dropped.position;
      log.since = dropped.at;
      return entry;
    },
    /** Of whoever has everything. */
    position: (tenantId: string): string => known(tenantId).entries.at(-1)?.position ?? known(tenantId).base,
    after(tenantId: string, position: string): readonly Entry[] | undefined {
      const { base, entries } = known(tenantId);
      if (position === base) return entries;
      const index = entries.findIndex((entry) => entry.position === position);
      return index < 0 ? undefined : entries.slice(index + 1);
    },
    since(tenantId: string, at: number): readonly Entry[] | undefined {
      const { since, entries } = known(tenantId);
      return at < since ? undefined : entries.filter((entry) => entry.at >= at);
    },
  };
}

/** Of this process only, until it hears the first mark. */
function begin() {
  const mark = newId();
  return { mark, base: `${mark}.0`, since: Date.now() };
}
