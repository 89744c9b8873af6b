import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
const megabytes = z.coerce
  .number()
  .int()
  .positive()
  .transform((count) => count * 1024 * 1024);

const Environment = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  HOST: z.string().default('127.0.0.1'),
  BASE_URL: z.url().optional(),
  TRUST_PROXY: list.default([]),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  VAR_DIR: z.string().default(join(root, 'var')),
  PROCESS_ROLE: z.enum(['all', 'web', 'worker']).default('all'),

  DATABASE_URL: z.string().optional(),
  DATABASE_MIGRATE: z.enum(['on', 'off']).default('on'),
  DATABASE_LOGIN_SHARDS: z.coerce.number().int().min(1).max(64).default(8),
  DATABASE_CONNECTIONS_PER_SHARD: z.coerce.number().int().min(1).max(16).default(2),
  STANDBY_TENANTS: z.coerce.number().int().min(0).max(200).default(5),

  SESSION_SECRET: list.optional(),
  MASTER_KEY: z.string().optional(),

  SMTP_URL: z.string().optional(),
  MAIL_FROM: z.string().default('Bailiwick <no-reply@localhost>'),

  SECURITY_CONTACT: z.email().optional(),
  SECURITY_OPERATOR: z.email().optional(),
  DISCLOSURE_SMTP_PORT: z.coerce.number().int().min(0).max(65535).optional(),
  DISCLOSURE_SMTP_HOST: z.string().default('127.0.0.1'),
  DISCLOSURE_TLS_CERTIFICATE: z.string().optional(),
  DISCLOSURE_TLS_KEY: z.string().optional(),

  UPLOAD_MAX_MB: megabytes.default(50 * 1024 * 1024),

  LLM_ORDER: list.default(['groq', 'gemini', 'anthropic', 'compatible']),
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

  EMBEDDING_BASE_URL: z.url().optional(),
  EMBEDDING_API_KEY: z.string().optional(),
  EMBEDDING_MODEL: z.string().optional(),
  EMBEDDER: z.enum(['offline', 'provider', 'off']).default('offline'),

  OUTGOING_ALLOW: list.default([]),
});

export type Config = z.infer<typeof Environment> & { readonly origin: string; readonly production: boolean };

let current: Config | undefined;

/** The only reader of process.env. Throws with the name of each variable that does not fit. */
export function config(): Config {
  current ??= readConfig(process.env);
  return current;
}

export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(present);
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
