import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Certificate } from '../support/certificate.js';

export interface CollectorServer {
  readonly address: string;
  readonly messages: string[];
  readonly sockets: Set<TLSSocket>;
  /** Takes connections and reads nothing from them. */
  isDeaf: boolean;
  close(): Promise<void>;
}

/** Reads syslog over TLS as RFC 5425 frames it, at `port` or at one of its own. */
export async function startCollector(certificate: Certificate, port = 0): Promise<CollectorServer> {
  const sockets = new Set<TLSSocket>();
  const messages: string[] = [];
  const server = createServer({ cert: certificate.certificate, key: certificate.key }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    let rest = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let frame = /^(\d+) /.exec(rest.subarray(0, 12).toString('latin1')); frame; ) {
        const [head, length] = [frame[0].length, Number(frame[1])];
        if (rest.length < head + length) return;
        messages.push(rest.subarray(head, head + length).toString());
        rest = rest.subarray(head + length);
        frame = /^(\d+) /.exec(rest.subarray(0, 12).toString('latin1'));
      }
    };
    if (!collector.isDeaf) socket.on('data', read);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const collector: CollectorServer = {
    address: `syslogs://localhost:${(server.address() as AddressInfo).port}?ca=${certificate.certificateFile}`,
    ...{ messages, sockets, isDeaf: false },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return collector;
}
