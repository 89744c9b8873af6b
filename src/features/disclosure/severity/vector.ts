import { type Metric, metricGroups } from './metrics.js';

/** The chosen values by metric; what is not defined is not in it. */
export type Chosen = Readonly<Record<string, string>>;

const prefix = 'CVSS:4.0';
const undefinedValue = 'X';
const metrics: readonly (Metric & { readonly mandatory: boolean })[] = metricGroups.flatMap((group) =>
  group.metrics.map((metric) => ({ ...metric, mandatory: group.mandatory })),
);

/** The vector of what was chosen, in the order of the specification. Throws with the metric that is missing or unknown. */
export function vectorOf(chosen: Chosen): string {
  const parts = metrics.flatMap(({ id, name, choices, mandatory }) => {
    const value = chosen[id] ?? undefinedValue;
    if (value === undefinedValue || value === '') {
      if (mandatory) throw new MissingMetric(id, `Choose one for ${name.toLowerCase()}.`);
      return [];
    }
    if (!choices.some(([known]) => known === value)) throw new MissingMetric(id, 'Choose one of these.');
    return [`${id}:${value}`];
  });
  return [prefix, ...parts].join('/');
}

export class MissingMetric extends Error {
  readonly metric: string;
  constructor(metric: string, message: string) {
    super(message);
    this.metric = metric;
  }
}

/** Undefined when it is no vector of CVSS 4.0: another version, an unknown or repeated metric, the wrong order. */
export function parseVector(text: string): Chosen | undefined {
  const [version, ...parts] = text.split('/');
  if (version !== prefix) return undefined;
  const pairs = parts.map((part) => part.split(':') as [string, string?]);
  const chosen = Object.fromEntries(pairs.map(([id, value = '']) => [id, value]));
  try {
    const known = pairs.filter(([, value]) => value !== undefinedValue).map(([id, value]) => `${id}:${value}`);
    return vectorOf(chosen) === [prefix, ...known].join('/') && inOrder(pairs.map(([id]) => id)) ? chosen : undefined;
  } catch {
    return undefined;
  }
}

function inOrder(ids: readonly string[]): boolean {
  const places = ids.map((id) => metrics.findIndex((metric) => metric.id === id));
  return places.every((place, index) => place > (places[index - 1] ?? -1));
}

/** Which metrics went into a score (section 1.3): CVSS-B, CVSS-BT, CVSS-BE or CVSS-BTE. */
export function nomenclature(chosen: Chosen): string {
  const isSet = (id: string) => (chosen[id] ?? undefinedValue) !== undefinedValue;
  const environment = metricGroups.find(({ name }) => name === 'Environment')?.metrics ?? [];
  return `CVSS-B${isSet('E') ? 'T' : ''}${environment.some(({ id }) => isSet(id)) ? 'E' : ''}`;
}
