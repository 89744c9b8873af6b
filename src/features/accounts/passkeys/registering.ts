import type { VerifiedRegistrationResponse } from '@simplewebauthn/server';
import type { Request } from 'express';
import { shared } from '../../../database/shared.js';
import type { Account } from '../account.js';
import { ceremonyOf, ceremonySeconds, newChallenge, takeChallenge } from './challenge.js';
import { type Registration, registrationIn } from './credential.js';
import { base64url, type Passkey, userHandleOf } from './passkey.js';
import { listPasskeys } from './queries.js';
import { notAccepted, noteReason, relyingParty, tooLate } from './relying-party.js';
import { webauthn } from './webauthn.js';

/** EdDSA, ES256, RS256 (RFC 9053, RFC 8812): together every authenticator has one. */
const algorithms = [-8, -7, -257];

/** What `navigator.credentials.create` takes, as JSON. No attestation is asked for: which make it is, is nobody's business. */
export async function registrationOptions(request: Request, account: Account) {
  const { id, name } = relyingParty();
  const known = await listPasskeys(shared(), account.id);
  const { generateRegistrationOptions } = await webauthn();
  return generateRegistrationOptions({
    rpID: id,
    rpName: name,
    userID: new Uint8Array(userHandleOf(account.id)),
    userName: account.username,
    userDisplayName: account.name,
    challenge: await newChallenge(ceremonyOf(request, 'registration', account.id)),
    timeout: ceremonySeconds * 1000,
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId, transports }) => ({ id: base64url(credentialId), transports })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    supportedAlgorithmIDs: algorithms,
  });
}

type VerifiedRegistration = NonNullable<VerifiedRegistrationResponse['registrationInfo']>;

export type NewPasskey = Pick<
  Passkey,
  'credentialId' | 'publicKey' | 'counter' | 'transports' | 'signsIn' | 'backupEligible' | 'backedUp'
>;

export type Registered =
  | { readonly kind: 'accepted'; readonly made: NewPasskey }
  | { readonly kind: 'refused'; readonly problem: string };

/**
 * Judges what the authenticator made for this account in this browser (WebAuthn Level 3, 7.1). Throws Invalid for what
 * no browser would send.
 */
export async function checkRegistration(request: Request, account: Account, text: unknown): Promise<Registered> {
  const registration = registrationIn(text);
  const { challenge, crossOrigin } = registration.clientData;
  const isOurs = await takeChallenge(ceremonyOf(request, 'registration', account.id), challenge);
  if (!isOurs) return { kind: 'refused', problem: tooLate };
  const { id, origin } = relyingParty();
  const { verifyRegistrationResponse } = await webauthn();
  const verified = await verifyRegistrationResponse({
    response: registration,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: id,
    requireUserVerification: false,
    supportedAlgorithmIDs: algorithms,
  }).catch(noteReason);
  // No page of ours is shown in a frame of somebody else's.
  if (!verified?.verified || crossOrigin) return { kind: 'refused', problem: notAccepted };
  return { kind: 'accepted', made: newPasskey(verified.registrationInfo, registration) };
}

function newPasskey(info: VerifiedRegistration, registration: Registration): NewPasskey {
  const { credential, credentialDeviceType, credentialBackedUp, userVerified } = info;
  const backupEligible = credentialDeviceType === 'multiDevice';
  // One that is copied between devices is always found without a name; of others the browser says so, if it can.
  const isFound = registration.clientExtensionResults.credProps?.rk ?? backupEligible;
  return {
    credentialId: Buffer.from(credential.id, 'base64url'),
    publicKey: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports: registration.response.transports ?? [],
    signsIn: isFound && userVerified,
    backupEligible,
    backedUp: credentialBackedUp,
  };
}
