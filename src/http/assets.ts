import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import { projectPath } from '../config.js';
import { forgetWhenEdited } from './files.js';

const yearSeconds = 31_536_000;

export interface Assets {
  /** `asset('css/app.css')` -> `/css/app.css?v=3f0c...-68f2...-1a`: another address for another file. Throws on a missing one. */
  asset(path: string): string;
  /** `sha256-...` of the same content: a browser refuses a style or script that somebody has changed on the way (W3C SRI). */
  integrity(path: string): string;
  /** Serves the files; everything else passes. */
  serve: RequestHandler;
}

export function newAssets(folder = projectPath('public')): Assets {
  const files = new Map<string, Edition>();
  const refresh = forgetWhenEdited(folder, () => files.clear());

  const editionOf = (name: string): Edition => {
    refresh();
    const edition = files.get(name) ?? readEdition(join(folder, name));
    files.set(name, edition);
    return edition;
  };
  const asset = (path: string) => {
    const name = path.replace(/^\/+/, '');
    return `/${name}?v=${editionOf(name).version}`;
  };
  const integrity = (path: string) => `sha256-${editionOf(path.replace(/^\/+/, '')).digest.toString('base64')}`;
  return { asset, integrity, serve: serveFiles(folder) };
}

interface Edition {
  readonly digest: Buffer;
  readonly version: string;
}

/** Nginx cannot read a digest; it compares the time and the size, as it writes them, with those of the file that it sends. */
function readEdition(path: string): Edition {
  const { mtimeMs, size } = statSync(path);
  const digest = createHash('sha256').update(readFileSync(path)).digest();
  const tag = `${Math.floor(mtimeMs / 1000).toString(16)}-${size.toString(16)}`;
  return { digest, version: `${digest.toString('hex').slice(0, 12)}-${tag}` };
}

function serveFiles(folder: string): RequestHandler {
  const versions = new Map<string, { readonly at: number; readonly version: string }>();
  const versionOnDisk = (path: string, at: number): string => {
    const known = versions.get(path);
    if (known?.at === at) return known.version;
    const { version } = readEdition(path);
    versions.set(path, { at, version });
    return version;
  };
  // Asking the disk for every page's address would cost each page a look-up.
  const top = new Set(readdirSync(folder));
  const files = express.static(folder, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    // A file of another version, as while a release takes the place of another, must not stay for a year: a page that
    // names it by its digest would refuse it as long.
    setHeaders: (response, path, { mtimeMs }) => {
      const wanted = /[?&]v=([0-9a-f-]+)$/.exec(response.req.url ?? '')?.[1];
      const fits = wanted !== undefined && wanted === versionOnDisk(path, mtimeMs);
      response.setHeader('Cache-Control', fits ? `public, max-age=${yearSeconds}, immutable` : 'no-cache');
    },
  });
  return (request, response, next) =>
    top.has(request.path.split('/')[1] ?? '') ? files(request, response, next) : next();
}
