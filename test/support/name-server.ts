import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface NameServer {
  readonly address: string;
  close(): void;
}

const headerBytes = 12;
const txtType = 16;

/** A name server of the world outside that knows these TXT records and says of every other name that there is none (RFC 1035). */
export async function openNameServer(records: Readonly<Record<string, string>>): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = question(query);
    const text = type === txtType ? records[name] : undefined;
    const head = Buffer.from(query.subarray(0, headerBytes));
    // An answer, to the same id: found, or no such name; one question, one answer or none.
    head.writeUInt16BE(text === undefined ? 0x8183 : 0x8180, 2);
    head.writeUInt16BE(text === undefined ? 0 : 1, 6);
    head.fill(0, 8);
    socket.send(Buffer.concat([head, query.subarray(headerBytes, end), answerOf(text)]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** The question's name by a pointer, then the text in pieces of at most 255 bytes. */
function answerOf(text: string | undefined): Buffer {
  if (text === undefined) return Buffer.alloc(0);
  const pieces = (text.match(/.{1,255}/g) ?? []).map((piece) => Buffer.from(`\0${piece}`, 'latin1'));
  for (const piece of pieces) piece[0] = piece.length - 1;
  const data = Buffer.concat(pieces);
  const head = Buffer.from([0xc0, headerBytes, 0, txtType, 0, 1, 0, 0, 0, 60, 0, 0]);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
