import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isSignatureOf, publicKey } from '../vault/signature.js';

const Signed = z.object({ signed: z.string(), signature: z.base64(), publicKey: z.string().optional() });
const Told = z.looseObject({ what: z.string(), workspace: z.unknown() });

/** Whether a downloaded result or evidence pack was signed by this installation, or by the key in another file. */
export function verify([file, keyFile]: readonly string[]): void {
  if (!file) throw new Error('Say which file: npm run bailiwick -- verify FILE [KEY.PEM]');
  const { signed, signature } = Signed.parse(JSON.parse(readFileSync(file, 'utf8')));
  // The key in the file itself proves nothing: whoever forged the text could have put theirs beside it.
  const key = keyFile ? readFileSync(keyFile, 'utf8') : publicKey();
  if (!isSignatureOf(signed, Buffer.from(signature, 'base64'), key)) {
    throw new Error(`Not signed by ${keyFile ?? 'this installation'}, or changed since.`);
  }
  const { what, workspace } = Told.parse(JSON.parse(signed));
  process.stdout.write(`The signature is right: ${what}, ${JSON.stringify(workspace)}.\n`);
}
