import { readFileSync } from 'node:fs';
import { config } from '../../config.js';
import { log } from '../../log.js';
import { readClearSigned } from './clear-signed.js';
import { isSignedBy } from './openpgp.js';

const monthsAhead = 6;
const yearMs = 365 * 24 * 3_600_000;

/** The signed one while it is valid, otherwise one of our own. */
export function securityTxt(now: Date): string {
  return signedSecurityTxt(now) ?? newSecurityTxt(now);
}

/** RFC 9116 §2.5.5: Expires lies ahead and, as recommended, less than a year. The same text all month long. */
function newSecurityTxt(now: Date): string {
  const { origin, SECURITY_CONTACT } = config();
  const expires = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + monthsAhead, 1));
  const lines = [
    ...(SECURITY_CONTACT ? [`Contact: mailto:${SECURITY_CONTACT}`] : []),
    `Contact: ${origin}/security/reports/new`,
    `Expires: ${expires.toISOString()}`,
    'Preferred-Languages: en',
    `Canonical: ${canonical()}`,
    `Policy: ${origin}/security/policy`,
    `Acknowledgments: ${origin}/security/acknowledgements`,
  ];
  return `${lines.join('\n')}\n`;
}

const canonical = () => `${config().origin}/.well-known/security.txt`;

/** The operator's file, whose signature readers verify; undefined, and a line in the log, when it is not to be served. */
function signedSecurityTxt(now: Date): string | undefined {
  const { SECURITY_TXT_FILE: path, SECURITY_TXT_KEY: keyPath } = config();
  if (!path) return undefined;
  try {
    const text = readFileSync(path, 'utf8');
    const problem = problemOf(text, now, keyPath && readFileSync(keyPath, 'utf8'));
    if (!problem) return text;
    log().warn({ problem }, 'SECURITY_TXT_FILE is not served');
  } catch (error) {
    log().warn({ err: error }, 'SECURITY_TXT_FILE cannot be read');
  }
  return undefined;
}

/**
 * What keeps a signed security.txt from being served (RFC 9116 §2.3, §2.5). With the signer's public key, whose signature it
 * is, too; without it only that the text is the one that was signed.
 */
export function problemOf(text: string, now: Date, key?: string): string | undefined {
  const signed = readClearSigned(text);
  if (!signed) return 'it is not clear-signed';
  if (signed.isWhole === false) return 'it was changed after it was signed';
  if (key && !(signed.signature && isSignedBy(key, signed.signature)))
    return 'it was not signed by the key in SECURITY_TXT_KEY';
  const fields = (name: string) => fieldsOf(signed.body, name);
  const [expires, another] = fields('Expires');
  const at = Date.parse(expires ?? '');
  if (another !== undefined || Number.isNaN(at)) return 'it needs one Expires';
  if (at <= now.getTime()) return 'it has expired';
  if (at - now.getTime() > yearMs) return 'Expires is more than a year ahead';
  if (fields('Contact').length === 0) return 'it has no Contact';
  return fields('Canonical').includes(canonical()) ? undefined : `Canonical is not ${canonical()}`;
}

function fieldsOf(body: string, name: string): string[] {
  return [...body.matchAll(new RegExp(`^${name}: *(.+)$`, 'gim'))].map(([, value = '']) => value.trim());
}

export interface SignedFields {
  readonly problem: string | undefined;
  /** Undefined when the signature is of a kind that is not read here. */
  readonly isWhole: boolean | undefined;
  /** Fields that would be served without a signature, and do not stand in the signed text. */
  readonly missing: readonly string[];
}

/** For whoever looks after the installation: the signed text against what the installation itself would say. */
export function examineSigned(text: string, now: Date, key?: string): SignedFields {
  const { body = '', isWhole } = readClearSigned(text) ?? {};
  const missing = newSecurityTxt(now)
    .split('\n')
    .map((line) => line.split(': '))
    .filter(([name = '', value]) => value && name !== 'Expires' && !fieldsOf(body, name).includes(value))
    .map((field) => field.join(': '));
  return { problem: problemOf(text, now, key), isWhole, missing };
}
