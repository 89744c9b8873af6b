import { performance } from 'node:perf_hooks';

export interface Sample {
  /** Completed a second. */
  readonly rate: number;
  /** CPU of this process for each, in milliseconds. */
  readonly cpuMs: number;
  readonly p50: number;
  readonly p99: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Runs work over and over on so many lanes for some milliseconds. */
export async function slice(work: (turn: number) => Promise<unknown>, { lanes = 8, ms = 1000 } = {}): Promise<Sample> {
  const times: number[] = [];
  const started = performance.now();
  const before = process.cpuUsage();
  let turn = 0;
  const lane = async () => {
    while (performance.now() - started < ms) {
      const at = performance.now();
      await work(turn++);
      times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  return {
    rate: times.length / seconds,
    cpuMs: (user + system) / 1000 / times.length,
    p50: median(times),
    p99: percentile(times, 0.99),
  };
}

/** Interleaved slices of all variants, `rounds` times: the machine's mood meets all of them alike. */
export async function interleave(
  variants: Readonly<Record<string, (turn: number) => Promise<unknown>>>,
  { rounds = 7, lanes = 8, ms = 700 } = {},
): Promise<Record<string, Sample[]>> {
  const samples: Record<string, Sample[]> = {};
  for (const [name, work] of Object.entries(variants)) {
    await slice(work, { lanes, ms: ms / 2 });
    samples[name] = [];
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, work] of Object.entries(variants)) samples[name]?.push(await slice(work, { lanes, ms }));
  }
  return samples;
}

/** Median of the per-round ratios of one figure against the baseline. */
export function ratio(
  samples: Record<string, Sample[]>,
  { of, to, figure }: { of: string; to: string; figure: keyof Sample },
): number {
  const pairs = (samples[of] ?? []).map(
    (sample, round) => sample[figure] / (samples[to]?.[round]?.[figure] ?? Number.NaN),
  );
  return median(pairs);
}

export function say(title: string, rows: Readonly<Record<string, string | number>>[]): void {
  console.log(`\n${title}`);
  console.table(rows);
}

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));
