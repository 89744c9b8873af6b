import { config } from '../../config.js';

const monthsAhead = 6;

/** RFC 9116 §2.5.5: Expires lies ahead and, as recommended, less than a year. The same text all month long. */
export function securityTxt(now: Date): string {
  const { origin, SECURITY_CONTACT } = config();
  const expires = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + monthsAhead, 1));
  const lines = [
    ...(SECURITY_CONTACT ? [`Contact: mailto:${SECURITY_CONTACT}`] : []),
    `Contact: ${origin}/security/reports/new`,
    `Expires: ${expires.toISOString()}`,
    'Preferred-Languages: en',
    `Canonical: ${origin}/.well-known/security.txt`,
    `Policy: ${origin}/security`,
  ];
  return `${lines.join('\n')}\n`;
}
