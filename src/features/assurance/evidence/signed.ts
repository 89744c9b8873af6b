import { publicKey, signText } from '../../../vault/signature.js';
import type { Pack } from './gather.js';

export interface SignedPack {
  /** The JSON text that the signature is of, to the byte. */
  readonly signed: string;
  /** In base64. */
  readonly signature: string;
  readonly algorithm: 'Ed25519';
  readonly publicKey: string;
}

export function signedPack(pack: Pack): SignedPack {
  const signed = JSON.stringify(pack);
  return { signed, signature: signText(signed).toString('base64'), algorithm: 'Ed25519', publicKey: publicKey() };
}
