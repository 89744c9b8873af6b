import { type Config, config, type Variable } from '../../config.js';

export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly setting: Variable;
  readonly what: string;
}

interface Place {
  readonly setting: Variable;
  readonly what: string;
  /** Where it leads when the setting names nothing else. */
  readonly usual?: string;
  /** Without it nobody is asked. */
  readonly isOn?: (settings: Config) => unknown;
}

/** Each setting that names a server which the processes connect to. What is not in it is called by nobody. */
export const places: readonly Place[] = [
  { setting: 'DATABASE_URL', what: 'The database' },
  { setting: 'SMTP_URL', what: 'Mail is handed in' },
  {
    ...{ setting: 'GROQ_BASE_URL', what: 'A language model', usual: 'https://api.groq.com' },
    isOn: ({ GROQ_API_KEY }) => GROQ_API_KEY,
  },
  {
    ...{ setting: 'GOOGLE_GENERATIVE_AI_BASE_URL', what: 'A language model' },
    usual: 'https://generativelanguage.googleapis.com',
    isOn: ({ GOOGLE_GENERATIVE_AI_API_KEY }) => GOOGLE_GENERATIVE_AI_API_KEY,
  },
  {
    ...{ setting: 'ANTHROPIC_BASE_URL', what: 'A language model', usual: 'https://api.anthropic.com' },
    isOn: ({ ANTHROPIC_API_KEY }) => ANTHROPIC_API_KEY,
  },
  { setting: 'OPENAI_COMPATIBLE_BASE_URL', what: 'A language model' },
  { setting: 'EMBEDDING_BASE_URL', what: 'Embeddings', isOn: ({ EMBEDDER }) => EMBEDDER === 'provider' },
  ...(['GOOGLE_TOKEN_URL', 'GOOGLE_KEYS_URL', 'GOOGLE_USERINFO_URL'] as const).map((setting) => ({
    ...{ setting, what: 'Sign-in by Google', isOn: ({ GOOGLE_CLIENT_ID }: Config) => GOOGLE_CLIENT_ID },
  })),
  ...(['GITHUB_LOGIN_URL', 'GITHUB_USER_URL'] as const).map((setting) => ({
    ...{ setting, what: 'Sign-in by GitHub', isOn: ({ GITHUB_CLIENT_ID }: Config) => GITHUB_CLIENT_ID },
  })),
  {
    ...{ setting: 'WEB_SEARCH_URL', what: 'Web search', usual: 'https://api.search.brave.com' },
    isOn: ({ WEB_SEARCH }) => WEB_SEARCH === 'brave',
  },
  {
    ...{ setting: 'WEB_SEARCH_URL', what: 'Web search', usual: 'https://api.tavily.com' },
    isOn: ({ WEB_SEARCH }) => WEB_SEARCH === 'tavily',
  },
  { setting: 'WEB_SEARCH_URL', what: 'Web search', isOn: ({ WEB_SEARCH }) => WEB_SEARCH === 'searxng' },
  { setting: 'DISCLOSURE_IMAP_URL', what: 'The mailbox of security reports' },
  { setting: 'DISCLOSURE_NAME_SERVER', what: 'Who sent a security report (DNS)' },
  { setting: 'LOG_SYSLOG', what: 'The log, once more' },
  { setting: 'BASE_URL', what: 'This installation itself, to see what people get' },
];

const usualPorts: Readonly<Record<string, number>> = {
  ...{ 'http:': 80, 'https:': 443, 'smtp:': 587, 'smtps:': 465, 'imap:': 143, 'imaps:': 993 },
  ...{ 'postgres:': 5432, 'postgresql:': 5432, 'syslogs:': 6514, 'dns:': 53 },
};

/** The servers that the processes call by what is set, each once: what a firewall in front of them has to let through. */
export function destinations(settings: Config = config()): Destination[] {
  const found = places.flatMap(({ setting, what, usual, isOn }) => {
    const value = settings[setting] ?? usual;
    if (typeof value !== 'string' || (isOn && !isOn(settings))) return [];
    const at = addressIn(setting === 'DISCLOSURE_NAME_SERVER' ? `dns://${value}` : value);
    return at ? [{ ...at, setting, what }] : [];
  });
  const keyOf = ({ host, port, what }: Destination) => `${host}:${port} ${what}`;
  return found.filter((one, at) => found.findIndex((other) => keyOf(other) === keyOf(one)) === at);
}

/** A database on a socket of this machine has no host. */
function addressIn(text: string): { host: string; port: number } | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const port = Number(url?.port) || usualPorts[url?.protocol ?? ''];
  return url?.hostname && port ? { host: url.hostname.replace(/^\[|\]$/g, ''), port } : undefined;
}

/** Where documents and pages may be fetched from, by whoever names an address. */
export function fetchable({ OUTGOING_ONLY, OUTGOING_ALLOW }: Config = config()): string {
  const inside = OUTGOING_ALLOW.length > 0 ? `, and inside: ${OUTGOING_ALLOW.join(', ')}` : '';
  if (!OUTGOING_ONLY) return `every public host${inside}`;
  return `${OUTGOING_ONLY.join(', ') || 'none'}, and no other`;
}
