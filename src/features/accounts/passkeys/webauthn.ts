/** Loaded by the first who uses a passkey: its X.509 and CBOR take longer to start than everything else of a process. */
export const webauthn = () => import('@simplewebauthn/server');
