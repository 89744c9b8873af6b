import type { Request } from 'express';

/** The caller's address: the peer, or what a trusted proxy says. An IPv4 address in IPv6 clothes is written as IPv4. */
export function addressOf(request: Request): string {
  const address = request.ip ?? request.socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
