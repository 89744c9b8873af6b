import { deploymentKey } from '../../vault/deployment.js';

/** Without this key, which no table holds, stolen password hashes cannot be guessed at. */
export function pepper(): string {
  return deploymentKey('passwords').toString('base64');
}
