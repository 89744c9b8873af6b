import type { StateStore } from 'passport-oauth2';

/** What one way to a provider and back is bound to. It lies in the session of the browser that began it. */
export interface Ticket {
  /** Given to the provider and expected back (RFC 6749 §10.12). */
  readonly state: string;
  /** Comes back inside of the identity token (OpenID Connect Core §3.1.2.1). */
  readonly nonce: string;
  /** PKCE (RFC 7636): chosen by the library on the way out, shown to the provider on the way back. */
  verifier?: string;
}

/**
 * Gives the library the ticket in place of its own session store, which would let a state be used by whichever provider
 * shares its host, and for as long as the session lives. Whether the state fits was judged before the library is asked.
 */
export function storeOf(ticket: Ticket): StateStore {
  const store = {
    // The library tells what it may pass by the number of parameters.
    store(_request: unknown, verifier: string, _state: unknown, _meta: unknown, done: Stored) {
      ticket.verifier = verifier;
      done(null, ticket.state);
    },
    verify(_request: unknown, _state: string, _meta: unknown, done: Verified) {
      // A text is the verifier, to be sent along with the code. Without one nothing is sent.
      done(null, ticket.verifier ?? false);
    },
  };
  return store as unknown as StateStore;
}

type Stored = (error: null, state: string) => void;
type Verified = (error: null, verifier: string | false) => void;
