import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { projectPath } from '../../../config.js';
import { type Component, components } from './installed.js';

const Package = z.object({ name: z.string(), version: z.string(), description: z.string() });

/** The bill of materials in CycloneDX 1.5 (ECMA-424), as `npm sbom` writes it, from what is installed here (ASVS 15.1.2). */
export function billOfMaterials(at: Date, listed: readonly Component[] = components()) {
  const { name, version, description } = Package.parse(JSON.parse(readFileSync(projectPath('package.json'), 'utf8')));
  const itself = purl(name, version);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    ...{ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 },
    metadata: {
      timestamp: at.toISOString(),
      component: { 'bom-ref': itself, type: 'application', name, version, description, purl: itself },
    },
    components: listed.map(asComponent),
  };
}

function asComponent({ name, version, integrity, license, isOptional }: Component) {
  const reference = purl(name, version);
  return {
    ...{ 'bom-ref': reference, type: 'library', name, version, scope: isOptional ? 'optional' : 'required' },
    purl: reference,
    hashes: hashesOf(integrity),
    ...(license
      ? { licenses: [/ (OR|AND) /.test(license) ? { expression: license } : { license: { name: license } }] }
      : {}),
  };
}

const algorithms: Readonly<Record<string, string>> = {
  sha512: 'SHA-512',
  sha384: 'SHA-384',
  sha256: 'SHA-256',
  sha1: 'SHA-1',
};

/** npm's are in base64 (Subresource Integrity), CycloneDX wants hexadecimal digits. */
function hashesOf(integrity: string) {
  return integrity.split(' ').flatMap((one) => {
    const [, kind = '', digest = ''] = /^(\w+)-(.+)$/.exec(one) ?? [];
    const alg = algorithms[kind];
    return alg ? [{ alg, content: Buffer.from(digest, 'base64').toString('hex') }] : [];
  });
}

const purl = (name: string, version: string) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
