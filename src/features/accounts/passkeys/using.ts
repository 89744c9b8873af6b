import type { Request } from 'express';
import { shared, sharedTransaction } from '../../../database/shared.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { findAccount } from '../queries.js';
import { tellOwner } from '../tell-owner.js';
import { ceremonyOf, ceremonySeconds, newChallenge, takeChallenge } from './challenge.js';
import { type Assertion, assertionIn, type ClientData } from './credential.js';
import { base64url, type Passkey, type Purpose, userHandleOf } from './passkey.js';
import { findPasskeyByCredential, listPasskeys, markPasskeyUsed } from './queries.js';
import { notAccepted, noteReason, relyingParty, tooLate } from './relying-party.js';
import { webauthn } from './webauthn.js';

const notVerified =
  'This passkey did not check a PIN, a fingerprint or your face, so it is not enough by itself. Use another way.';
const copied =
  'This passkey was refused, because a copy of it may be in use. Use another way, then remove it from your account.';

export type Use = Exclude<Purpose, 'registration'>;

/**
 * As the only factor, and as the proof of who sits at an open session, it must show more than that somebody touched it.
 * After another factor the touch is enough.
 */
const mustVerify: Readonly<Record<Use, boolean>> = { 'sign-in': true, proof: true, 'second-step': false };

/** What `navigator.credentials.get` takes, as JSON. Without an account the browser offers whatever it has for us. */
export async function useOptions(request: Request, use: Use, accountId: string | null) {
  const known = accountId ? await listPasskeys(shared(), accountId) : undefined;
  const { generateAuthenticationOptions } = await webauthn();
  return generateAuthenticationOptions({
    rpID: relyingParty().id,
    challenge: await newChallenge(ceremonyOf(request, use, accountId)),
    timeout: ceremonySeconds * 1000,
    userVerification: mustVerify[use] ? 'required' : 'preferred',
    allowCredentials: known?.map(({ credentialId, transports }) => ({ id: base64url(credentialId), transports })),
  });
}

export interface Shown {
  readonly use: Use;
  /** Whose passkey it must be; null when it is to tell. */
  readonly accountId: string | null;
  readonly text: unknown;
  readonly origin: Origin;
}

export type Judged =
  | { readonly kind: 'accepted'; readonly account: Account }
  | { readonly kind: 'refused'; readonly problem: string; readonly accountId: string | null };

/**
 * Judges what the authenticator signed for this browser (WebAuthn Level 3, 7.2). An unknown passkey, a removed one, one
 * of somebody else and a wrong signature are answered alike. Throws Invalid for what no browser would send.
 */
export async function checkUse(request: Request, shown: Shown): Promise<Judged> {
  const { use, accountId, origin } = shown;
  const assertion = assertionIn(shown.text);
  const refused = (problem: string, whose: string | null = accountId): Judged => ({
    kind: 'refused',
    problem,
    accountId: whose,
  });
  if (!(await takeChallenge(ceremonyOf(request, use, accountId), assertion.clientData.challenge)))
    return refused(tooLate);
  const passkey = await findPasskeyByCredential(shared(), Buffer.from(assertion.id, 'base64url'));
  const account = passkey && (await findAccount(shared(), passkey.accountId));
  if (!account || !belongs(passkey, assertion, accountId)) return refused(notAccepted);
  const signed = await verifySignature(assertion, passkey);
  if (!signed) return refused(notAccepted, account.id);
  if (mustVerify[use] && !signed.userVerified) return refused(notVerified, account.id);
  const noted = { counter: signed.counter, backedUp: signed.backedUp, signedIn: use === 'sign-in' };
  if (await markPasskeyUsed(shared(), passkey.id, noted)) {
    return { kind: 'accepted', account };
  }
  await tellOfCopy(account, origin);
  return refused(copied, account.id);
}

/** A passkey that told us whose it is must have told the truth; asked for a name-less sign-in, it must tell. */
function belongs(passkey: Passkey, { response }: Assertion, accountId: string | null): boolean {
  if (accountId !== null && passkey.accountId !== accountId) return false;
  const handle = base64url(userHandleOf(passkey.accountId));
  return response.userHandle === handle || (accountId !== null && response.userHandle === undefined);
}

async function verifySignature(assertion: Assertion & { readonly clientData: ClientData }, passkey: Passkey) {
  const { challenge, crossOrigin } = assertion.clientData;
  const { id, origin } = relyingParty();
  const { verifyAuthenticationResponse } = await webauthn();
  const verified = await verifyAuthenticationResponse({
    response: assertion,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: id,
    // The library would judge these before the signature, and tell a forger what only the owner may hear.
    requireUserVerification: false,
    credential: { id: base64url(passkey.credentialId), publicKey: new Uint8Array(passkey.publicKey), counter: 0 },
  }).catch(noteReason);
  if (!verified?.verified || crossOrigin) return undefined;
  const { newCounter, userVerified, credentialBackedUp, credentialDeviceType } = verified.authenticationInfo;
  // That it may be copied is decided when it is made (WebAuthn Level 3, 6.1.3).
  if ((credentialDeviceType === 'multiDevice') !== passkey.backupEligible) return undefined;
  return { counter: newCounter, userVerified, backedUp: credentialBackedUp };
}

async function tellOfCopy(account: Account, origin: Origin): Promise<void> {
  const details = { reason: 'counter' };
  await announce(account, origin, { event: 'account.passkey-refused', outcome: 'refused', details });
  await sharedTransaction((db) =>
    tellOwner(db, account, origin, {
      what: 'A passkey of your account was refused',
      detail: 'It counted backwards, which happens when somebody has a copy of it. Remove it and add a new one.',
    }),
  );
}
