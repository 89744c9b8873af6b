import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A path inside the project, wherever the built file lies. */
export function projectPath(...parts: string[]): string {
  return join(root, ...parts);
}

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
/** Addresses and ranges such as 10.1.0.0/16; an IPv4 range in IPv6 clothes (::ffff:10.1.0.0/112) is written as IPv4. */
const ranges = list.transform((entries, context) =>
  entries.map((entry) => {
    if (ipaddr.isValid(entry)) return ipaddr.process(entry).toString();
    if (!ipaddr.isValidCIDR(entry)) {
      context.addIssue({ code: 'custom', message: `${entry} is neither an address nor a range such as 10.1.0.0/16` });
      return entry;
    }
    const [network, bits] = ipaddr.parseCIDR(entry);
    const mapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96;
    return mapped ? `${network.toIPv4Address().toString()}/${bits - 96}` : `${network.toString()}/${bits}`;
  }),
);
const megabytes = z.coerce
  .number()
  .int()
  .positive()
  .transform((count) => count * 1024 * 1024);

const price = z.number().min(0).max(1_000_000);
/** By the id of a model, `provider:model`: money for a million tokens. */
const PriceTable = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'a currency is three capital letters, such as EUR'),
  models: z.record(
    z.string(),
    z.strictObject({ in: price, out: price, cached: price.optional(), cacheWrite: price.optional() }),
  ),
});
/** The JSON itself, or the file that holds it. */
const prices = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text.trimStart().startsWith('{') ? text : readFileSync(text, 'utf8'));
    } catch {
      context.addIssue({ code: 'custom', message: 'is neither JSON nor a file with JSON' });
      return z.NEVER;
    }
  })
  .pipe(PriceTable);

const webAddress = z.url({ protocol: /^https?$/ });

const providers = ['groq', 'gemini', 'anthropic', 'compatible'] as const;

/** Half of a login provider would look like none. */
const pairs = [
  ['APP_TLS_CERTIFICATE', 'APP_TLS_KEY'],
  ['APP_TLS_KEY', 'APP_TLS_CLIENT_CA'],
  ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
  ['GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET'],
] as const;

const Environment = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  HOST: z.string().default('127.0.0.1'),
  BASE_URL: z.url().optional(),
  TRUST_PROXY: list.default([]),
  APP_TLS_CERTIFICATE: z.string().optional(),
  APP_TLS_KEY: z.string().optional(),
  APP_TLS_CLIENT_CA: z.string().optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LOG_SYSLOG: z.url({ protocol: /^syslogs$/, error: 'must look like syslogs://host:6514' }).optional(),
  VAR_DIR: z.string().default(join(root, 'var')),
  PROCESS_ROLE: z.enum(['all', 'web', 'worker']).default('all'),

  DATABASE_URL: z.string().optional(),
  DATABASE_MIGRATE: z.enum(['on', 'off']).default('on'),
  DATABASE_LOGIN_SHARDS: z.coerce.number().int().min(1).max(64).default(8),
  DATABASE_CONNECTIONS_PER_SHARD: z.coerce.number().int().min(1).max(16).default(2),
  STANDBY_TENANTS: z.coerce.number().int().min(0).max(200).default(5),

  QUOTA_TOKENS_PER_MONTH: z.coerce.number().int().min(0).max(1e12).optional(),
  QUOTA_COST_PER_MONTH: z.coerce.number().min(0).max(1e9).optional(),
  TRIAL_DAYS: z.coerce.number().int().min(1).max(3650).optional(),

  SESSION_SECRET: list.optional(),
  MASTER_KEY: z.string().optional(),

  SMTP_URL: z.string().optional(),
  MAIL_FROM: z.string().default('Bailiwick <no-reply@localhost>'),

  PLATFORM_ADMINS: list.transform((emails) => emails.map((email) => email.toLowerCase())).default([]),
  PLATFORM_ADDRESSES: ranges.default(['127.0.0.0/8', '::1']),

  GOOGLE_CLIENT_ID: z.string().optional(),
  GOOGLE_CLIENT_SECRET: z.string().optional(),
  GOOGLE_ISSUER: webAddress.default('https://accounts.google.com'),
  GOOGLE_AUTHORIZATION_URL: webAddress.default('https://accounts.google.com/o/oauth2/v2/auth'),
  GOOGLE_TOKEN_URL: webAddress.default('https://oauth2.googleapis.com/token'),
  GOOGLE_KEYS_URL: webAddress.default('https://www.googleapis.com/oauth2/v3/certs'),
  // By this ending the library knows that OpenID Connect's profile comes back.
  GOOGLE_USERINFO_URL: webAddress
    .refine((url) => url.endsWith('/userinfo'), 'must end in /userinfo')
    .default('https://openidconnect.googleapis.com/v1/userinfo'),
  GOOGLE_MAX_AGE_MINUTES: z.coerce.number().int().min(1).max(525_600).optional(),
  GOOGLE_AMR: list.default([]),
  GOOGLE_ACR: list.default([]),
  GITHUB_CLIENT_ID: z.string().optional(),
  GITHUB_CLIENT_SECRET: z.string().optional(),
  GITHUB_LOGIN_URL: webAddress.default('https://github.com/login/oauth'),
  GITHUB_USER_URL: webAddress.default('https://api.github.com/user'),
  LOGIN_PROVIDER_SECONDS: z.coerce.number().positive().max(60).default(10),

  SECURITY_CONTACT: z.email().optional(),
  SECURITY_OPERATOR: z.email().optional(),
  DISCLOSURE_SMTP_PORT: z.coerce.number().int().min(0).max(65535).optional(),
  DISCLOSURE_SMTP_HOST: z.string().default('127.0.0.1'),
  DISCLOSURE_TLS_CERTIFICATE: z.string().optional(),
  DISCLOSURE_TLS_KEY: z.string().optional(),
  DISCLOSURE_IMAP_URL: z
    .url({ protocol: /^imaps?$/, error: 'must look like imaps://user:password@host:993/INBOX' })
    .optional(),
  DISCLOSURE_NAME_SERVER: z.string().optional(),
  SECURITY_TXT_FILE: z.string().optional(),
  SECURITY_TXT_KEY: z.string().optional(),

  UPLOAD_MAX_MB: megabytes.default(50 * 1024 * 1024),

  LLM_ORDER: list.pipe(z.array(z.enum(providers))).default([...providers]),
  GROQ_API_KEY: z.string().optional(),
  GROQ_BASE_URL: z.url().optional(),
  GROQ_MODEL: z.string().default('llama-3.3-70b-versatile'),
  GOOGLE_GENERATIVE_AI_API_KEY: z.string().optional(),
  GOOGLE_GENERATIVE_AI_BASE_URL: z.url().optional(),
  GEMINI_MODEL: z.string().default('gemini-2.5-flash'),
  ANTHROPIC_API_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: z.url().optional(),
  ANTHROPIC_MODEL: z.string().default('claude-sonnet-4-5'),
  OPENAI_COMPATIBLE_BASE_URL: z.url().optional(),
  OPENAI_COMPATIBLE_API_KEY: z.string().optional(),
  OPENAI_COMPATIBLE_MODEL: z.string().default('default'),
  LLM_FIRST_TOKEN_SECONDS: z.coerce.number().positive().default(20),
  LLM_TURN_SECONDS: z.coerce.number().positive().default(120),
  MODEL_PRICES: prices.optional(),

  EMBEDDING_BASE_URL: z.url().optional(),
  EMBEDDING_API_KEY: z.string().optional(),
  EMBEDDING_MODEL: z.string().optional(),
  EMBEDDER: z.enum(['offline', 'provider', 'off']).default('offline'),

  WEB_SEARCH: z.enum(['searxng', 'brave', 'tavily']).optional(),
  WEB_SEARCH_URL: webAddress.optional(),
  WEB_SEARCH_KEY: z.string().optional(),

  OUTGOING_ALLOW: list.default([]),
  OUTGOING_ONLY: list.optional(),

  BACKUP_MARKER: z.string().optional(),
  BACKUP_MAX_HOURS: z.coerce.number().int().min(1).max(8784).default(26),
});

export type Variable = keyof typeof Environment.shape;

/** What each variable is when it is not set, for the guide that lists them. */
export function configurationDefaults(): Readonly<Record<Variable, unknown>> {
  const parsed: Readonly<Partial<Record<Variable, unknown>>> = Environment.parse({});
  const names = Object.keys(Environment.shape) as Variable[];
  return Object.fromEntries(names.map((name) => [name, parsed[name]])) as Record<Variable, unknown>;
}

export type Config = z.infer<typeof Environment> & { readonly origin: string; readonly production: boolean };

let current: Config | undefined;

/** The only reader of process.env. Throws with the name of each variable that does not fit. */
export function config(): Config {
  current ??= readConfig(process.env);
  return current;
}

export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.superRefine((values, context) => {
    for (const [id, secret] of pairs) {
      if ((values[id] === undefined) === (values[secret] === undefined)) continue;
      context.addIssue({ code: 'custom', path: [id], message: `set it together with ${secret}` });
    }
    if (values.DISCLOSURE_SMTP_PORT !== undefined && values.DISCLOSURE_IMAP_URL !== undefined) {
      const message = 'set it or DISCLOSURE_SMTP_PORT: reports come in by one of them';
      context.addIssue({ code: 'custom', path: ['DISCLOSURE_IMAP_URL'], message });
    }
    const { WEB_SEARCH, WEB_SEARCH_URL, WEB_SEARCH_KEY } = values;
    const needs = WEB_SEARCH === 'searxng' ? { WEB_SEARCH_URL } : WEB_SEARCH ? { WEB_SEARCH_KEY } : {};
    for (const [name, value] of Object.entries(needs)) {
      if (!value) context.addIssue({ code: 'custom', path: [name], message: `WEB_SEARCH=${WEB_SEARCH} needs it` });
    }
  }).safeParse(present);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`Set these variables right and start again:\n${wrong.join('\n')}`);
  }
  const values = parsed.data;
  return {
    ...values,
    origin: new URL(values.BASE_URL ?? `http://localhost:${values.PORT}`).origin,
    production: values.NODE_ENV === 'production',
  };
}

/** A private folder of the installation, made with mode 0700 when it is missing. */
export function varPath(...parts: string[]): string {
  mkdirSync(config().VAR_DIR, { recursive: true, mode: 0o700 });
  return join(config().VAR_DIR, ...parts);
}
