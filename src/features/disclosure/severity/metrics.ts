/** One choice of a metric: its letter in a vector and its name. */
export type Choice = readonly [value: string, name: string];

export interface Metric {
  readonly id: string;
  readonly name: string;
  readonly choices: readonly Choice[];
}

export interface MetricGroup {
  readonly name: string;
  /** Every metric of a mandatory group must be chosen; the others may be left as "not defined". */
  readonly mandatory: boolean;
  readonly metrics: readonly Metric[];
}

const impacts: readonly Choice[] = [
  ['H', 'High'],
  ['L', 'Low'],
  ['N', 'None'],
];
const requirements: readonly Choice[] = [
  ['H', 'High'],
  ['M', 'Medium'],
  ['L', 'Low'],
];
const safety: Choice = ['S', 'Safety'];

const exploitability: readonly Metric[] = [
  metric('AV', 'Attack vector', ['N', 'Network'], ['A', 'Adjacent'], ['L', 'Local'], ['P', 'Physical']),
  metric('AC', 'Attack complexity', ['L', 'Low'], ['H', 'High']),
  metric('AT', 'Attack requirements', ['N', 'None'], ['P', 'Present']),
  metric('PR', 'Privileges required', ['N', 'None'], ['L', 'Low'], ['H', 'High']),
  metric('UI', 'User interaction', ['N', 'None'], ['P', 'Passive'], ['A', 'Active']),
];
const vulnerable: readonly Metric[] = [
  metric('VC', 'Confidentiality', ...impacts),
  metric('VI', 'Integrity', ...impacts),
  metric('VA', 'Availability', ...impacts),
];
const subsequent: readonly Metric[] = [
  metric('SC', 'Confidentiality', ...impacts),
  metric('SI', 'Integrity', ...impacts),
  metric('SA', 'Availability', ...impacts),
];

function metric(id: string, name: string, ...choices: readonly Choice[]): Metric {
  return { id, name, choices };
}

/** As it is here, in the place of what it is elsewhere. Only here can a subsequent system's harm be one to people. */
function modified({ id, name, choices }: Metric): Metric {
  const where = id.startsWith('V') ? 'vulnerable system' : id.startsWith('S') ? 'subsequent system' : '';
  const withSafety = id === 'SI' || id === 'SA' ? [safety, ...choices] : choices;
  return metric(
    `M${id}`,
    where ? `Modified ${name.toLowerCase()}, ${where}` : `Modified ${name.toLowerCase()}`,
    ...withSafety,
  );
}

/** CVSS v4.0, sections 2 to 5, in the order of a vector (section 7). */
export const metricGroups: readonly MetricGroup[] = [
  { name: 'Exploitability', mandatory: true, metrics: exploitability },
  { name: 'Impact on the vulnerable system', mandatory: true, metrics: vulnerable },
  { name: 'Impact on subsequent systems', mandatory: true, metrics: subsequent },
  {
    name: 'Threat',
    mandatory: false,
    metrics: [metric('E', 'Exploit maturity', ['A', 'Attacked'], ['P', 'Proof of concept'], ['U', 'Unreported'])],
  },
  {
    name: 'Environment',
    mandatory: false,
    metrics: [
      metric('CR', 'Confidentiality requirement', ...requirements),
      metric('IR', 'Integrity requirement', ...requirements),
      metric('AR', 'Availability requirement', ...requirements),
      ...[...exploitability, ...vulnerable, ...subsequent].map(modified),
    ],
  },
  {
    name: 'Supplemental',
    mandatory: false,
    metrics: [
      metric('S', 'Safety', ['N', 'Negligible'], ['P', 'Present']),
      metric('AU', 'Automatable', ['N', 'No'], ['Y', 'Yes']),
      metric('R', 'Recovery', ['A', 'Automatic'], ['U', 'User'], ['I', 'Irrecoverable']),
      metric('V', 'Value density', ['D', 'Diffuse'], ['C', 'Concentrated']),
      metric('RE', 'Response effort', ['L', 'Low'], ['M', 'Moderate'], ['H', 'High']),
      metric('U', 'Provider urgency', ['Clear', 'Clear'], ['Green', 'Green'], ['Amber', 'Amber'], ['Red', 'Red']),
    ],
  },
];
