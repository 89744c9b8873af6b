import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { Invalid } from '../errors.js';

/** On a thread of its own: a bomb is stopped at its limit, and nobody waits for it until then. */
const [unzip, deflate, unbrotli] = [promisify(gunzip), promisify(inflate), promisify(brotliDecompress)];
const decoders = { gzip: unzip, 'x-gzip': unzip, deflate, br: unbrotli } as const;

/** The body, unpacked; neither what is sent nor what it unpacks to may exceed `maxBytes`. */
export async function readBody(response: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const sent = Buffer.from(await response.body.arrayBuffer());
  const encoding = single(response.headers['content-encoding'])?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '' || sent.length === 0) return sent;
  // Uncompressed was asked for, but some servers compress all the same.
  if (!isKnown(encoding))
    throw new Invalid('The server sends this file in an unknown form. Download it and upload the file.');
  return decoders[encoding](sent, { maxOutputLength: maxBytes });
}

export function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function isKnown(encoding: string): encoding is keyof typeof decoders {
  return Object.hasOwn(decoders, encoding);
}
