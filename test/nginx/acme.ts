import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { newCertificate } from '../support/certificate.js';
import { until } from '../support/until.js';
import { freePort } from './edge.js';

export interface Authority {
  /** What a client is given as its server. */
  readonly directory: string;
  /** Who signed the address of the directory itself. */
  readonly caFile: string;
  /** Who signs what is issued. */
  readonly root: Buffer;
  /** Where every name leads to from now on, as the authority sees it. */
  leadTo(address: string): Promise<void>;
  stop(): Promise<void>;
}

/** Pebble, the test authority of Let's Encrypt, which looks for challenges on `httpPort`, with a name server of its own. */
export async function startAuthority(folder: string, httpPort: number): Promise<Authority> {
  const own = newCertificate(['DNS:localhost']);
  const [acme, management, names, control] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const settings = {
    listenAddress: `127.0.0.1:${acme}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: own.certificateFile,
    privateKey: own.keyFile,
    httpPort,
    tlsPort: await freePort(),
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  };
  writeFileSync(join(folder, 'pebble.json'), JSON.stringify({ pebble: settings }));
  const listens = ['-dns01', `127.0.0.1:${names}`, '-management', `127.0.0.1:${control}`];
  const nothingElse = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
  const stops = [
    run('pebble-challtestsrv', [...listens, ...nothingElse]),
    run('pebble', ['-config', join(folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${names}`]),
  ];
  for (const port of [control, acme, management]) await until('the authority listens', () => listensAt(port));
  return {
    directory: `https://localhost:${acme}/dir`,
    caFile: own.certificateFile,
    root: await download(management, own.certificate),
    async leadTo(ip) {
      const body = JSON.stringify({ ip });
      await fetch(`http://127.0.0.1:${control}/set-default-ipv4`, { method: 'POST', body });
    },
    async stop() {
      for (const stop of stops) await stop();
      own.remove();
    },
  };
}

function run(program: string, options: readonly string[]): () => Promise<void> {
  // Without these it waits up to 15 seconds, refuses a twentieth of all requests and passes over every second challenge.
  const steady = { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', PEBBLE_AUTHZREUSE: '0' };
  const child = spawn(program, options, { stdio: 'ignore', env: { ...process.env, ...steady } });
  const gone = once(child, 'exit');
  const kill = () => void child.kill();
  process.once('exit', kill);
  return async () => {
    process.off('exit', kill);
    kill();
    await gone;
  };
}

function listensAt(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function download(port: number, ca: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', servername: 'localhost', port, path: '/roots/0', ca }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('end', () => resolve(Buffer.concat(chunks)));
    });
    asked.once('error', reject).end();
  });
}
