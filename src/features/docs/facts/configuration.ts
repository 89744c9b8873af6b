import { configurationDefaults, type Variable } from '../../../config.js';

interface Described {
  readonly about: string;
  readonly group: string;
  /** For those whose value here is not how it is written. */
  readonly written?: string;
  readonly required?: true;
}

const of =
  (group: string) =>
  (about: string, more: Partial<Described> = {}): Described => ({ about, group, ...more });
const basics = of('Address and process');
const database = of('Database');
const secrets = of('Secrets');
const mail = of('Mail');
const operators = of('Operators');
const people = of('Sign-in by others');
const disclosure = of('Security reports');
const models = of('Language models');
const knowledge = of('Documents and search');
const outside = of('The web');

const another = 'Another address for it, such as a gateway of yours';

/** Every variable in words. One that is added to the schema and not described here does not compile. */
const described: Readonly<Record<Variable, Described>> = {
  NODE_ENV: basics('production demands that nothing secret is guessed'),
  PORT: basics('Where to listen'),
  HOST: basics('On which address to listen; 127.0.0.1 behind a proxy on the same machine'),
  BASE_URL: basics('The address that people open; links in mails use nothing else', { required: true }),
  TRUST_PROXY: basics('Addresses or ranges whose X-Forwarded-* is believed, with commas'),
  APP_TLS_CERTIFICATE: basics('Speak TLS towards the proxy, with this certificate (PEM file); with the next two'),
  APP_TLS_KEY: basics('Its private key (PEM file)'),
  APP_TLS_CLIENT_CA: basics('Take connections only from who shows a certificate of this authority (PEM file)'),
  LOG_LEVEL: basics('debug, info, warn, error or silent'),
  LOG_SYSLOG: basics(
    'A collector that gets the log, too, over TLS: syslogs://host:6514, with ?ca=FILE&cert=FILE&key=FILE',
  ),
  VAR_DIR: basics('Private folder: uploads while they are read, the converted embedding model', { written: 'var' }),
  PROCESS_ROLE: basics('web runs no jobs; the worker is a program of its own; all is both in one'),

  DATABASE_URL: database('Postgres 16 or newer, as a role that may create roles', { required: true }),
  DATABASE_MIGRATE: database('off for processes that must neither install nor migrate'),
  DATABASE_LOGIN_SHARDS: database('Logins among which workspaces are spread'),
  DATABASE_CONNECTIONS_PER_SHARD: database('Connections of each of them, in each process'),
  STANDBY_TENANTS: database('Ready schemas that wait for the next sign-ups'),
  QUOTA_TOKENS_PER_MONTH: operators('Most tokens of a workspace in a month, where the console says nothing else'),
  QUOTA_COST_PER_MONTH: operators('Most money for models of a workspace in a month, in the currency of MODEL_PRICES'),
  TRIAL_DAYS: operators('New workspaces are on trial for so many days; without it there are no trials'),

  SESSION_SECRET: secrets(
    'Signs session cookies: a list with commas, newest first; the first signs, all are accepted',
    { required: true },
  ),
  MASTER_KEY: secrets('32 random bytes in base64, under which every workspace’s keys are sealed', { required: true }),

  SMTP_URL: mail('Where mail is handed in: smtps://user:password@host:465, or smtp:// with STARTTLS', {
    required: true,
  }),
  MAIL_FROM: mail('The sender that people see'),

  PLATFORM_ADMINS: operators('Addresses of the accounts that may open the console; without them there is none'),
  PLATFORM_ADDRESSES: operators('Addresses or ranges, as the edge sees them, from which it is there at all'),

  GOOGLE_CLIENT_ID: people('Turns on Google, with its secret'),
  GOOGLE_CLIENT_SECRET: people('The secret that belongs to it'),
  GOOGLE_ISSUER: people('Who answers, by its own name'),
  GOOGLE_AUTHORIZATION_URL: people('Where people are sent'),
  GOOGLE_TOKEN_URL: people('Where the code is exchanged'),
  GOOGLE_KEYS_URL: people('Where it shows the keys that it signs with'),
  GOOGLE_USERINFO_URL: people('Where the profile is read; ends in /userinfo'),
  GOOGLE_MAX_AGE_MINUTES: people('Refuse a sign-in there that is older, or whose time is not told (auth_time)'),
  GOOGLE_AMR: people('Refuse one whose methods (amr) name none of these: hwk, mfa'),
  GOOGLE_ACR: people('Refuse one whose class (acr) is none of these'),
  GITHUB_CLIENT_ID: people('Turns on GitHub, with its secret'),
  GITHUB_CLIENT_SECRET: people('The secret that belongs to it'),
  GITHUB_LOGIN_URL: people('Of a GitHub of your own'),
  GITHUB_USER_URL: people('Of a GitHub of your own'),
  LOGIN_PROVIDER_SECONDS: people('Patience with each question to a provider'),

  SECURITY_CONTACT: disclosure('Where people report problems, in security.txt and on the security page'),
  SECURITY_OPERATOR: disclosure('Who is told of a new report and of promised times that come near'),
  DISCLOSURE_SMTP_PORT: disclosure('A port that takes mails to the contact address, and no others'),
  DISCLOSURE_SMTP_HOST: disclosure('On which address that port listens'),
  DISCLOSURE_TLS_CERTIFICATE: disclosure('File for STARTTLS on that port'),
  DISCLOSURE_TLS_KEY: disclosure('File with its key'),
  DISCLOSURE_IMAP_URL: disclosure('In place of that port, a mailbox that is read: imaps://user:password@host/INBOX'),
  DISCLOSURE_NAME_SERVER: disclosure('A name server, host:port, for judging who sent a mail', {
    written: 'the machine’s own',
  }),
  SECURITY_TXT_FILE: disclosure('A security.txt that you have signed, served while it is valid'),
  SECURITY_TXT_KEY: disclosure(
    'Your public OpenPGP key (armoured file): then it is served only when this key signed it',
  ),

  UPLOAD_MAX_MB: knowledge('The largest file, in megabytes', { written: 'megabytes' }),
  EMBEDDER: knowledge('offline (built in), provider (text then leaves the installation) or off (words only)'),
  EMBEDDING_BASE_URL: knowledge('The server for provider'),
  EMBEDDING_API_KEY: knowledge('Its key'),
  EMBEDDING_MODEL: knowledge('Its model'),

  LLM_ORDER: models('Who is asked first; the next one when it fails before its first word'),
  GROQ_API_KEY: models('Turns Groq on'),
  GROQ_BASE_URL: models(another),
  GROQ_MODEL: models('Its model'),
  GOOGLE_GENERATIVE_AI_API_KEY: models('Turns Gemini on'),
  GOOGLE_GENERATIVE_AI_BASE_URL: models(another),
  GEMINI_MODEL: models('Its model'),
  ANTHROPIC_API_KEY: models('Turns Anthropic on'),
  ANTHROPIC_BASE_URL: models(another),
  ANTHROPIC_MODEL: models('Its model'),
  OPENAI_COMPATIBLE_BASE_URL: models('Turns on any server that speaks the OpenAI protocol; ends in /v1'),
  OPENAI_COMPATIBLE_API_KEY: models('Its key, if it wants one'),
  OPENAI_COMPATIBLE_MODEL: models('Its model'),
  LLM_FIRST_TOKEN_SECONDS: models('Seconds without a first word until the next one is asked'),
  LLM_TURN_SECONDS: models('Seconds after which a whole answer is given up'),
  MODEL_PRICES: models('What models cost, as JSON or a file with it; a model that is not in it has no price'),

  WEB_SEARCH: outside('searxng, brave or tavily; without it agents neither search the web nor read pages'),
  WEB_SEARCH_URL: outside('Its address; searxng needs one'),
  WEB_SEARCH_KEY: outside('Its key; brave and tavily need one'),
  OUTGOING_ALLOW: outside('Private hosts or ranges that may be fetched all the same'),
  OUTGOING_ONLY: outside(
    'The only hosts that people and agents may have fetched: names, *.names, addresses, ranges; or none',
  ),

  BACKUP_MARKER: operators('A file that each backup touches, or the folder that it writes to: doctor looks at its age'),
  BACKUP_MAX_HOURS: operators('How old the newest backup may be'),
};

function inWords(value: unknown): string {
  if (value === undefined) return '';
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** The variables by subject, each as it is when nothing is set. Never this installation's own values. */
export const configurationFacts = () => {
  const defaults = configurationDefaults();
  const variables = Object.entries(described).map(([name, { about, group, written, required }]) => ({
    ...{ name, about, group, required: required === true },
    standard:
      written === 'megabytes'
        ? String(Number(defaults.UPLOAD_MAX_MB) / 1024 ** 2)
        : (written ?? inWords(defaults[name as Variable])),
  }));
  return [...new Set(variables.map(({ group }) => group))].map((name) => ({
    name,
    variables: variables.filter(({ group }) => group === name),
  }));
};
