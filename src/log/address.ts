import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';

/** The port of syslog over TLS (RFC 5425 §4.1). */
const usual = 6514;
const files = ['ca', 'cert', 'key'] as const;

/**
 * How to reach a collector of logs: syslogs://host:6514, with ?ca=FILE for a private authority, and &cert=FILE&key=FILE
 * where the collector wants to know who sends (RFC 5425 §4.2). Encrypted and with its name checked, or not at all. Throws
 * when it is not understood.
 */
export function collectorAt(address: string): ConnectionOptions & { readonly host: string; readonly port: number } {
  const url = new URL(address);
  const unknown = [...url.searchParams.keys()].filter((name) => !files.some((known) => known === name));
  const isPlain = (url.pathname === '' || url.pathname === '/') && !url.username && !url.hash;
  const isPair = url.searchParams.has('cert') === url.searchParams.has('key');
  if (url.protocol !== 'syslogs:' || !url.hostname || !isPlain || unknown.length > 0 || !isPair)
    throw new Error('LOG_SYSLOG must look like syslogs://host:6514, with ?ca=FILE and &cert=FILE&key=FILE at most');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const read = files.flatMap((name) => {
    const path = url.searchParams.get(name);
    return path ? [[name, readFileSync(path)]] : [];
  });
  return {
    host,
    servername: host,
    port: Number(url.port || usual),
    minVersion: 'TLSv1.2',
    ...Object.fromEntries(read),
  };
}
