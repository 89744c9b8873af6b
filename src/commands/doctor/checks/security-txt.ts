import { readFileSync } from 'node:fs';
import { examineSigned } from '../../../features/security/security-txt.js';
import { type Check, failure, note, ok, warning } from '../finding.js';

const again = 'Take /.well-known/security.txt as it is served without one, sign that, and name the new file.';

export const securityTxt: Check = {
  id: 'security-txt',
  title: 'Security.txt',
  examine({ settings, now }) {
    const { SECURITY_TXT_FILE: path, SECURITY_TXT_KEY: keyPath, SECURITY_CONTACT } = settings;
    const contact = SECURITY_CONTACT ? [] : [note('It names no address for mail: reports come by the form alone.')];
    if (!path) return [...contact, note('It is not signed, which it need not be.')];
    const key = keyPath === undefined ? undefined : readFileSync(keyPath, 'utf8');
    const { problem, isWhole, missing } = examineSigned(readFileSync(path, 'utf8'), new Date(now()), key);
    if (problem) return [...contact, failure(`The signed one is not served: ${problem}.`, again)];
    const differs = missing.map((field) => warning(`The signed one does not say: ${field}`, again));
    if (key)
      return [...contact, ...differs, ok('The signed one is served, and the key in SECURITY_TXT_KEY signed it.')];
    const says = isWhole
      ? 'The signed one is served, and its text is the one that was signed.'
      : 'The signed one is served. Its signature is of a kind that is not read here.';
    const verify = 'Set SECURITY_TXT_KEY to the file of your public key.';
    return [...contact, ...differs, ok(says), note('Whose key signed it is not known here.', verify)];
  },
};
