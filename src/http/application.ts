import { parse } from 'node:querystring';
import express, { type Express } from 'express';
import { config, projectPath } from '../config.js';

export interface ApplicationSettings {
  /** Addresses and ranges of proxies whose X-Forwarded-* are believed; nobody's when empty. */
  readonly trustProxy?: readonly string[];
  readonly views?: string;
}

/** An Express application with the settings that the rest of this layer relies on. */
export function newApplication(settings: ApplicationSettings = {}): Express {
  const { trustProxy = config().TRUST_PROXY, views = projectPath('views') } = settings;
  const app = express();
  app.set('trust proxy', trustProxy.length > 0 ? [...trustProxy] : false);
  app.set('views', views);
  // No text in Postgres holds a NUL, so nothing that could be searched for does.
  app.set('query parser', (query: string | null) => parse((query ?? '').replaceAll('%00', '')));
  app.enable('case sensitive routing');
  app.disable('x-powered-by');
  // Pages are never stored, so nobody could ask with a tag; static files bring their own.
  app.set('etag', false);
  return app;
}
