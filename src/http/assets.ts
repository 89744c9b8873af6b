import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import { projectPath } from '../config.js';
import { forgetWhenEdited } from './files.js';

const yearSeconds = 31_536_000;

export interface Assets {
  /** `asset('css/app.css')` -> `/css/app.css?v=3f0c...`: a new address when the content is new. Throws on a missing file. */
  asset(path: string): string;
  /** Serves the files; everything else passes. */
  serve: RequestHandler;
}

export function newAssets(folder = projectPath('public')): Assets {
  const versions = new Map<string, string>();
  const refresh = forgetWhenEdited(folder, () => versions.clear());

  const versionOf = (path: string) => {
    let version = versions.get(path);
    if (!version) {
      version = createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex')
        .slice(0, 12);
      versions.set(path, version);
    }
    return version;
  };
  const asset = (path: string) => {
    refresh();
    const name = path.replace(/^\/+/, '');
    return `/${name}?v=${versionOf(name)}`;
  };
  return { asset, serve: serveFiles(folder) };
}

function serveFiles(folder: string): RequestHandler {
  // Asking the disk for every page's address would cost each page a look-up.
  const top = new Set(readdirSync(folder));
  const files = express.static(folder, {
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    // A file of another version would stay for a year, but only in the cache of who asked for that version.
    setHeaders: (response) => {
      const versioned = response.req.url?.includes('?v=');
      response.setHeader('Cache-Control', versioned ? `public, max-age=${yearSeconds}, immutable` : 'no-cache');
    },
  });
  return (request, response, next) =>
    top.has(request.path.split('/')[1] ?? '') ? files(request, response, next) : next();
}
