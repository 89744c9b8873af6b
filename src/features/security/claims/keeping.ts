import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { config, projectPath, varPath } from '../../../config.js';
import { shared } from '../../../database/shared.js';
import { countHit, forgetHits } from '../../../http/queries.js';
import { limitKey } from '../../../http/rate-limit.js';
import { keyringOf } from '../../../tenancy/keys.js';
import { type Keyring, open, seal } from '../../../vault/keyring.js';
import { type Claim, enforced, off, unless, untried } from '../claim.js';
import { countPasswords, findAnyKeyedTenant } from '../queries.js';

const longestUploadMs = 3_600_000;

export const keepingClaims: readonly Claim[] = [
  {
    id: 'sealed-content',
    group: 'Encryption',
    title: 'Content is unreadable at rest',
    promise: 'Conversations, documents, tool arguments and results are sealed with a key of their workspace.',
    mechanism:
      'AES-256-GCM; tenant, table, column and row are bound in, so a ciphertext copied elsewhere does not open.',
    checked:
      'With the key of a workspace something is sealed; it must not open in another row, nor with a changed byte.',
    features: ['CR-1'],
    async check() {
      const tenant = await findAnyKeyedTenant(shared());
      if (!tenant) return untried('There is no workspace yet, and so no key to try.');
      return unless(problemsOf(await keyringOf(tenant)), 'It opened in its own row only, and not after a change.');
    },
  },
  {
    id: 'uploads-leave',
    group: 'Privacy',
    title: 'An uploaded file does not stay',
    promise: 'A file lies in a private folder while it is read; only its text is kept, sealed.',
    mechanism: 'It is deleted after reading, after a failure, and swept at every start.',
    checked: 'The folder is listed: nothing in it may be older than an hour.',
    features: ['KB-3'],
    async check() {
      const folder = varPath('uploads');
      const names = existsSync(folder) ? readdirSync(folder) : [];
      const old = names.filter((name) => Date.now() - modifiedAt(join(folder, name)) > longestUploadMs);
      return unless(
        old.length > 0 ? [`${old.length} files were left behind`] : [],
        `${names.length} files are being read now, none was left.`,
      );
    },
  },
  {
    id: 'passwords',
    group: 'Accounts',
    title: 'Passwords are stored slowly hashed',
    promise: 'bcrypt of cost 12 over every byte of the password; none is kept or logged as it was typed.',
    mechanism: 'HMAC-SHA-384 with a key of the installation, then bcrypt, in a thread of its own.',
    checked: 'The form of every stored hash is looked at.',
    features: ['AC-1'],
    async check() {
      const { all, weak } = await countPasswords(shared());
      return unless(
        weak > 0 ? [`${weak} of ${all} hashes are cheaper than bcrypt of cost 12`] : [],
        `All ${all} are bcrypt of cost 12 or more.`,
      );
    },
  },
  {
    id: 'limits',
    group: 'Accounts',
    title: 'Guessing is slowed down everywhere at once',
    promise: 'Attempts are counted for all processes together; too many are answered with 429 and a time to wait.',
    mechanism: 'Counters in the shared database, by its clock.',
    checked: 'A counter of our own is used three times and must say three.',
    features: ['CR-5', 'AC-13'],
    async check() {
      const key = limitKey('self-test', randomUUID());
      const seen: number[] = [];
      for (let use = 1; use <= 3; use += 1) seen.push((await countHit(shared(), key, 60)).hits);
      await forgetHits(shared(), key);
      return unless(seen.join() === '1,2,3' ? [] : [`it said ${seen.join(', ')}`], 'It counted 1, 2, 3.');
    },
  },
  {
    id: 'nothing-foreign',
    group: 'Privacy',
    title: 'Pages load nothing from elsewhere',
    promise: 'No tracker, no foreign font, script or image: your visit is known here only.',
    mechanism: 'Everything is served by the installation, and the policy of every page forbids the rest.',
    checked:
      'All page templates, styles and scripts are searched for addresses of other hosts that a browser would load.',
    features: ['GV-6'],
    async check({ folders = [projectPath('views'), projectPath('public')] }) {
      const files = folders.flatMap(filesIn);
      const foreign = files.filter((path) => loadsForeign(readFileSync(path, 'utf8')));
      return unless(
        foreign.map((path) => `${relative(projectPath(), path)} loads from elsewhere`),
        `${files.length} files load nothing from elsewhere.`,
      );
    },
  },
  {
    id: 'secrets-private',
    group: 'Encryption',
    title: 'The installation’s secrets are its own',
    promise: 'Secrets come from the environment, or from a file that its owner alone may read.',
    mechanism: 'Production refuses to start with a missing, short or sample secret.',
    checked: 'The mode of the file is looked at, where there is one.',
    features: ['OP-1', 'OP-2'],
    async check() {
      const path = varPath('secrets.json');
      if (!existsSync(path)) return enforced('They come from the environment.');
      const mode = statSync(path).mode & 0o777;
      return unless(mode === 0o600 ? [] : [`the file has mode ${mode.toString(8)}`], 'The file has mode 600.');
    },
  },
  {
    id: 'mail-transport',
    group: 'Transport',
    title: 'Mail leaves encrypted',
    promise: 'Links and notices go to the mail server over TLS.',
    mechanism: 'SMTP over TLS, or STARTTLS demanded.',
    checked: 'The configured address of the mail server is looked at.',
    features: ['CR-2'],
    async check({ smtpUrl: SMTP_URL = config().SMTP_URL }) {
      if (!SMTP_URL) return off('No mail server is configured; mails stay on this machine.');
      const { protocol, hostname } = new URL(SMTP_URL);
      // As mail/smtp.ts speaks: STARTTLS is demanded everywhere but at smtp://localhost.
      if (protocol === 'smtp:' && hostname === 'localhost') return enforced('Mail is handed in on this machine.');
      return enforced('TLS is demanded, with a certificate for the server’s name.');
    },
  },
];

function problemsOf(keyring: Keyring): string[] {
  const [place, row, text] = ['self_test.body', randomUUID(), 'self-test'];
  const sealed = seal(keyring, place, row, text);
  const changed = Buffer.from(sealed);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  const opens = (bytes: Buffer, at: string) => {
    try {
      return open(keyring, place, at, bytes).toString('utf8') === text;
    } catch {
      return false;
    }
  };
  return [
    ...(opens(sealed, row) ? [] : ['what was sealed did not open again']),
    ...(opens(sealed, randomUUID()) ? ['it opened in another row'] : []),
    ...(opens(changed, row) ? ['it opened with a changed byte'] : []),
    ...(sealed.includes(text) ? ['the text can be read in the sealed bytes'] : []),
  ];
}

function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
}

function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(ejs|css|js|svg)$/.test(name)).map((name) => join(folder, name));
}

/** Links lead elsewhere when somebody follows them; this is about what is fetched without being asked. */
function loadsForeign(text: string): boolean {
  return /<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc="(?:https?:)?\/\/|<link\b[^>]*\bhref="(?:https?:)?\/\/|url\(\s*['"]?(?:https?:)?\/\/|@import\s+['"](?:https?:)?\/\/|\bimport\s*\(?['"]https?:/.test(
    text,
  );
}
