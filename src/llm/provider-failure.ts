import { APICallError } from '@ai-sdk/provider';

/**
 * One provider failed. The message follows its name: "Groq" + "is over its limit". It is written here, never taken from
 * what the provider sent, and the original error is not kept: it carries the prompt and the reply.
 */
export class ProviderFailure extends Error {
  /** False when the request, not the provider, is to blame: one tenant's request must not close it to the others. */
  readonly countsAgainstProvider: boolean;
  /** False when it never set to work, so that nothing can have been used up. */
  readonly used: boolean;
  constructor(message: string, countsAgainstProvider = true, used = true) {
    super(message);
    this.countsAgainstProvider = countsAgainstProvider;
    this.used = used;
  }
}

const UNREACHABLE = 'cannot be reached';
const CLOSED = 'closed the connection';
const UNTRUSTED = 'shows a certificate that cannot be trusted';

/** Codes of Node's sockets and TLS, and of undici. */
const byCode: Record<string, string> = {
  ECONNREFUSED: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  UND_ERR_CONNECT_TIMEOUT: UNREACHABLE,
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  UND_ERR_SOCKET: CLOSED,
  CERT_HAS_EXPIRED: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: UNTRUSTED,
};

export function failureOfStatus(status: number): ProviderFailure {
  if (status === 401 || status === 403) return unused('refused the key');
  if (status === 404) return unused('does not know the model or the address');
  if (status === 408) return unused('gave up waiting');
  if (status === 413) return unused('finds the conversation too long', false);
  if (status === 429) return unused('is over its limit');
  if (status >= 500) return unused(`is having trouble (status ${status})`);
  return unused(`did not accept the request (status ${status})`, status < 400);
}

/** Providers charge for answers, not for refusals. */
const unused = (message: string, countsAgainstProvider = true) =>
  new ProviderFailure(message, countsAgainstProvider, false);

/** What went wrong, whatever was thrown. The SDK wraps errors in errors, so the chain of causes is followed. */
export function providerFailure(error: unknown): ProviderFailure {
  let at = error;
  for (let depth = 0; depth < 8 && at instanceof Error; depth += 1) {
    if (at instanceof ProviderFailure) return at;
    if (APICallError.isInstance(at) && at.statusCode && at.statusCode >= 300) return failureOfStatus(at.statusCode);
    const words = 'code' in at && typeof at.code === 'string' ? byCode[at.code] : undefined;
    if (words) return new ProviderFailure(words, true, words === CLOSED);
    at = at.cause;
  }
  return new ProviderFailure('sent something unreadable');
}
