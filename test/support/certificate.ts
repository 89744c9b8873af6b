import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly folder: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly certificate: Buffer;
  readonly key: Buffer;
  remove(): void;
}

/** A throw-away self-signed certificate for `names` (`DNS:host`, `IP:127.0.0.1`), in a fresh folder of its own. */
export function newCertificate(names: readonly string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-certificate-'));
  const [certificateFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=bailiwick test', '-addext', `subjectAltName=${names.join(',')}`];
  execFileSync('openssl', [...kind, ...subject, '-keyout', keyFile, '-out', certificateFile], { stdio: 'pipe' });
  return {
    folder,
    certificateFile,
    keyFile,
    certificate: readFileSync(certificateFile),
    key: readFileSync(keyFile),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
