import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { config } from '../config.js';
import { Invalid } from '../errors.js';
import { readBody, single } from './outgoing-body.js';
import {
  answered,
  explained,
  privateAddress,
  tooManyRedirects,
  unknownHost,
  unlistedHost,
  unusualPort,
} from './outgoing-problems.js';
import { isAllowed, isNamed, isPublicAddress } from './public-address.js';

export interface Fetched {
  readonly finalUrl: string;
  /** As the server declared it; empty when it did not. */
  readonly contentType: string;
  readonly body: Buffer;
}

export interface FetchOptions {
  readonly maxBytes: number;
  /** For everything together, redirects too. */
  readonly seconds: number;
  /** Hosts, addresses and ranges that may be reached although they are private. The operator's list when absent. */
  readonly allow?: readonly string[];
  /** The only hosts that may be reached, redirects too. The operator's list when absent; every public one without it. */
  readonly only?: readonly string[];
  readonly signal?: AbortSignal;
  /** Asks the system's resolver when absent. */
  readonly resolve?: Resolve;
  /** Where web servers listen, when absent. Hosts that the operator allows are reached at any port. */
  readonly ports?: readonly number[];
}

export interface Resolved {
  readonly address: string;
  readonly family: number;
}

export type Resolve = (host: string) => Promise<readonly Resolved[]>;

const mostRedirects = 5;
/** Behind other ports are mail servers, databases and the like, which can be made to take a request for their own words. */
const webPorts: readonly number[] = [80, 443, 8080, 8443];

/**
 * Gets what lies at an address that somebody else chose (IN-6). Reaches public addresses only: every name is resolved once a
 * hop, all its addresses are checked, and the connection goes to just those, so that a second answer of the name server
 * has no effect. Sends no cookies and no credentials. Throws Invalid, with what to do.
 */
export async function guardedFetch(address: string, options: FetchOptions): Promise<Fetched> {
  const only = options.only ?? config().OUTGOING_ONLY;
  const rules: Rules = {
    ...{ allow: options.allow ?? config().OUTGOING_ALLOW, ports: options.ports ?? webPorts },
    ...(only ? { only } : {}),
  };
  const timeout = AbortSignal.timeout(options.seconds * 1000);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const agent = new Agent({
    connect: {
      lookup: checkedLookup(options.resolve ?? resolveBySystem, rules.allow),
      timeout: options.seconds * 1000,
    },
    headersTimeout: options.seconds * 1000,
    bodyTimeout: options.seconds * 1000,
    maxResponseSize: options.maxBytes,
  });
  try {
    return await follow(checkedUrl(address, rules), { agent, rules, signal, maxBytes: options.maxBytes });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw explained(error, { ...options, timedOut: timeout.aborted });
  } finally {
    void agent.destroy();
  }
}

interface Rules {
  readonly allow: readonly string[];
  readonly only?: readonly string[];
  readonly ports: readonly number[];
}

interface Hops {
  readonly agent: Agent;
  readonly rules: Rules;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
}

async function follow(first: URL, { agent, rules, signal, maxBytes }: Hops): Promise<Fetched> {
  let url = first;
  for (let hop = 0; hop <= mostRedirects; hop += 1) {
    const response = await request(url, { dispatcher: agent, signal, headers });
    const location = single(response.headers.location);
    if (response.statusCode >= 300 && response.statusCode < 400 && location !== undefined) {
      response.body.on('error', () => {}).destroy();
      url = nextUrl(url, location, rules);
      continue;
    }
    if (response.statusCode !== 200) throw new Invalid(answered(response.statusCode));
    const body = await readBody(response, maxBytes);
    return { finalUrl: url.href, contentType: single(response.headers['content-type']) ?? '', body };
  }
  throw new Invalid(tooManyRedirects);
}

const headers = { 'user-agent': 'Bailiwick', accept: '*/*', 'accept-encoding': 'identity' };

function checkedUrl(address: string, { allow, only, ports }: Rules): URL {
  const url = URL.canParse(address.trim()) ? new URL(address.trim()) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new Invalid('Enter a whole address that begins with https:// or http://.');
  if (url.username || url.password) throw new Invalid('Remove the user name and password from the address.');
  // Addresses written as numbers never reach the name lookup. URL has made 0x7f.1 and 2130706433 into 127.0.0.1.
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  if (only && !isNamed(only, host)) throw new Invalid(unlistedHost);
  if (isIP(host) && !isAllowed(allow, { address: host }) && !isPublicAddress(host)) throw new Invalid(privateAddress);
  if (!ports.includes(portOf(url)) && !isAllowed(allow, isIP(host) ? { address: host } : { name: host }))
    throw new Invalid(unusualPort);
  return url;
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

export function nextUrl(from: URL, location: string, rules: Rules): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from).href : location;
  const next = checkedUrl(target, rules);
  if (from.protocol === 'https:' && next.protocol === 'http:')
    throw new Invalid('The address leads on to one without encryption. Use an address that stays on https://.');
  return next;
}

function checkedLookup(resolve: Resolve, allow: readonly string[]): LookupFunction {
  return (host, { all }, done) => {
    resolve(host)
      .then((found) => {
        const [first] = found;
        if (!first) throw new Invalid(unknownHost);
        const refused = found.some(({ address }) => !isAllowed(allow, { address }) && !isPublicAddress(address));
        if (refused && !isAllowed(allow, { name: host })) throw new Invalid(privateAddress);
        if (all) done(null, [...found]);
        else done(null, first.address, first.family);
      })
      .catch((error) => done(error, ''));
  };
}

const resolveBySystem: Resolve = (host) => systemLookup(host, { all: true, verbatim: true });
