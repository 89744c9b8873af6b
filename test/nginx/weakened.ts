import { createServer } from 'node:net';
import type { EdgeSettings } from './edge.js';

/** Holes for every scanner: old protocols, suites without forward secrecy, and pages without their headers. */
export function weakened(): Pick<EdgeSettings, 'protocols' | 'replaced' | 'added'> {
  const headers = ['Content-Security-Policy', 'X-Content-Type-Options', 'X-Frame-Options', 'Referrer-Policy'];
  return {
    protocols: 'TLSv1 TLSv1.1 TLSv1.2',
    replaced: { 'tls.conf': 'ssl_ciphers ALL:eNULL:!aNULL:@SECLEVEL=0;\nssl_session_tickets on;\n' },
    added: { 'proxy.conf': headers.map((name) => `proxy_hide_header ${name};\n`).join('') },
  };
}

/** Whether this process may listen there. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
