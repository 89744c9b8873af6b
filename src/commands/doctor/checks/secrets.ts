import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { plural } from '../../../http/wording.js';
import { sessionSecrets } from '../../../vault/deployment.js';
import { type Check, type Deployment, type Finding, failure, note, ok, warning } from '../finding.js';

const dayMs = 86_400_000;
const oldDays = 365;

export const secrets: Check = {
  id: 'secrets',
  title: 'Secrets',
  examine(deployment) {
    return [folder(deployment), ...file(deployment), ...sessions(deployment), ...tlsKey(deployment)];
  },
};

const openToOthers = (path: string) => (statSync(path).mode & 0o077) !== 0;

function folder({ settings: { VAR_DIR } }: Deployment): Finding {
  if (!existsSync(VAR_DIR)) return note(`${VAR_DIR} is not there yet; the start makes it.`);
  if (!openToOthers(VAR_DIR)) return ok(`Only its owner reads ${VAR_DIR}.`);
  return warning(`Others on this machine can look into ${VAR_DIR}.`, `chmod 700 ${VAR_DIR}`);
}

function file({ settings: { VAR_DIR, production }, now }: Deployment): Finding[] {
  const path = join(VAR_DIR, 'secrets.json');
  if (!existsSync(path)) return [];
  if (production) {
    return [
      warning(`${path} is left from a time before production.`, 'It is not used. Delete it, if no backup needs it.'),
    ];
  }
  if (openToOthers(path)) {
    return [
      failure(`Others on this machine can read ${path}.`, `chmod 600 ${path}, and make new secrets if they did.`),
    ];
  }
  const days = Math.floor((now() - statSync(path).mtimeMs) / dayMs);
  if (days < oldDays)
    return [
      ok(`They lie in ${path}, for its owner alone, ${days === 0 ? 'since today' : `for ${plural(days, 'day')}`}.`),
    ];
  const todo = 'Put a new session secret before the old one; take the old one out a day later.';
  return [note(`The session secret is ${plural(days, 'day')} old.`, todo)];
}

function sessions({ settings: { VAR_DIR, SESSION_SECRET } }: Deployment): Finding[] {
  // Asked for, they would be made.
  if (!SESSION_SECRET && !existsSync(join(VAR_DIR, 'secrets.json'))) return [];
  const all = sessionSecrets().length;
  if (all === 1) return [ok('One session secret signs cookies.')];
  const says = `${all} session secrets are accepted, the first one signs.`;
  const todo = 'Take out those that have been old for more than a day.';
  return [all === 2 ? note(says, todo) : warning(says, todo)];
}

function tlsKey({ settings: { DISCLOSURE_TLS_KEY: path } }: Deployment): Finding[] {
  if (!path) return [];
  if (!existsSync(path))
    return [failure(`${path} is not there.`, 'Set DISCLOSURE_TLS_KEY to the key of the certificate.')];
  return openToOthers(path) ? [warning(`Others on this machine can read ${path}.`, `chmod 600 ${path}`)] : [];
}
