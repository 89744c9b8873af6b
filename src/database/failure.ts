import { Conflict, UpstreamFailed } from '../errors.js';

const conflicts = new Map<string, string>([
  ['accounts_username_key', 'This username is taken. Choose another one.'],
  ['accounts_email_key', 'This address already has an account.'],
  ['tenants_slug_key', 'This workspace address is taken. Choose another name.'],
  ['passkeys_credential_key', 'This passkey is in use already. Create another one.'],
  ['logins_pkey', 'This login is connected to an account already.'],
  ['logins_account_key', 'Another login of this kind is connected already.'],
  ['roles_name_key', 'There is a role of this name already. Choose another one.'],
  ['groups_name_key', 'There is a group of this name already. Choose another one.'],
  ['memberships_pkey', 'This person is a member of the workspace already.'],
]);

interface PostgresError {
  code: string;
  constraint?: string;
}

export function isPostgresError(error: unknown): error is PostgresError & Error {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'string';
}

const network = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT']);

/** The database is away or going: class 08 and 57P (PostgreSQL manual, appendix A), or the network said so. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isPostgresError(error) && (network.has(error.code) || /^(08|57P|53)/.test(error.code))) return true;
  return /Connection terminated|timeout expired|Client has encountered a connection error/.test(error.message);
}

/** A constraint becomes its sentence and an absent database an UpstreamFailed; everything else stays as it is. */
export function translate(error: unknown): unknown {
  if (isUnavailable(error)) {
    return new UpstreamFailed('The database is not answering. Try again in a moment.', { cause: error });
  }
  if (isPostgresError(error) && error.code === '23505' && error.constraint) {
    const sentence = conflicts.get(error.constraint);
    if (sentence) return new Conflict(sentence, { cause: error });
  }
  return error;
}

/** The constraint behind a Conflict that `translate` made, for whoever can do something about it. */
export function brokenConstraint(error: unknown): string | undefined {
  return error instanceof Conflict && isPostgresError(error.cause) ? error.cause.constraint : undefined;
}
