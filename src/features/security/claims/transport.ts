import { connect } from 'node:tls';
import type { Claim } from '../claim.js';
import { enforced, off, partial } from '../claim.js';
import { ask } from './answers.js';

const waitMs = 5000;
const dayMs = 24 * 3600 * 1000;
const soonDays = 14;

interface Handshake {
  readonly protocol: string | null;
  readonly trusted: boolean;
  readonly problem: string;
  readonly validTo: Date;
}

export const transportClaims: readonly Claim[] = [
  {
    id: 'tls',
    group: 'Transport',
    title: 'Nobody listens between you and this installation',
    promise: 'Pages are served over TLS 1.2 or 1.3 with a certificate that browsers trust.',
    mechanism: 'Nginx ends TLS; Certbot renews the certificate; plain HTTP leads to HTTPS.',
    checked: 'A handshake with the public address: protocol, trust, name and days left.',
    features: ['CR-2'],
    async check({ origin }) {
      const { protocol, hostname, port } = new URL(origin);
      if (protocol !== 'https:')
        return off('This installation is reached over plain HTTP. Use it so on your own machine only.');
      const seen = await shakeHands(hostname, Number(port || 443));
      const days = Math.floor((seen.validTo.getTime() - Date.now()) / dayMs);
      if (!seen.trusted) return partial(`The certificate is not trusted: ${seen.problem}.`);
      if (days < soonDays) return partial(`The certificate ends in ${days} days and was not renewed.`);
      return enforced(`${seen.protocol}, a trusted certificate, ${days} days left.`);
    },
  },
  {
    id: 'https-only',
    group: 'Transport',
    title: 'Plain HTTP leads to HTTPS',
    promise: 'Whoever comes by HTTP is sent on to HTTPS, and the browser remembers.',
    mechanism: 'A redirect of everything at the edge, and Strict-Transport-Security for two years.',
    checked: 'The HTTP address of the same name is asked for.',
    features: ['CR-2'],
    async check({ origin, plainOrigin = `http://${new URL(origin).hostname}` }) {
      if (!origin.startsWith('https:')) return off('There is no HTTPS to lead to.');
      const answer = await ask(plainOrigin, '/').catch(() => undefined);
      if (!answer) return enforced('Nothing answers over plain HTTP.');
      const leads = answer.status >= 301 && answer.status <= 308 && answer.headers.location?.startsWith(origin);
      return leads ? enforced('It answers with a redirect.') : off(`It answers with ${answer.status}.`);
    },
  },
];

function shakeHands(host: string, port: number): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    // Judged below, in words; refused here it would be an error without a date.
    const socket = connect({ host, port, servername: host, rejectUnauthorized: false, timeout: waitMs }, () => {
      const certificate = socket.getPeerCertificate();
      resolve({
        protocol: socket.getProtocol(),
        trusted: socket.authorized,
        problem: String(socket.authorizationError ?? '').replace(/^Error: /, ''),
        validTo: new Date(certificate.valid_to),
      });
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error('no handshake in time')));
    socket.once('error', reject);
  });
}
