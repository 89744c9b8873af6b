import { config } from '../../../config.js';
import { log } from '../../../log.js';

/**
 * Whom authenticators sign for: the configured address and its host name, never what a request says of itself. A host
 * that is an IP address has no name, and browsers offer no passkeys there.
 */
export function relyingParty(): { readonly id: string; readonly name: string; readonly origin: string } {
  const { origin } = config();
  return { id: new URL(origin).hostname, name: 'Bailiwick', origin };
}

export const tooLate = 'This took too long, or was sent twice. Try again.';
export const notAccepted = 'This passkey was not accepted. Try again, or use another way.';

/** What the library found wrong is for whoever runs this; the person gets the same words for all of it. */
export function noteReason(error: unknown): void {
  const reason = error instanceof Error ? error.message.slice(0, 300) : 'unknown';
  log().info({ event: 'refused', reason: `passkey: ${reason}` }, 'a passkey was not accepted');
}
