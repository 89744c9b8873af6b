import { randomUUID } from 'node:crypto';
import { type Route, routes } from '../../../http/route.js';
import type { Answer } from '../../security/claims/answers.js';
import { newWord } from './canaries.js';
import type { Planted } from './planting.js';
import type { Part } from './self-test.js';
import type { Visit } from './visit.js';

const places = /([\w-]+)\/:(\w+)/g;

type Names = Readonly<Record<string, string>>;

/** The route's address with these names; what has none gets an invented one. */
function addressOf(path: string, names: Names): string {
  return path.replace(places, (_place, word: string) => `${word}/${names[word] ?? randomUUID()}`);
}

const placesIn = (path: string): string[] => [...path.matchAll(places)].map(([, word = '']) => word);

/** Everything that names something. What is public is open to whoever knows the name: a secret in a link, or a guide. */
export const namingRoutes = (): Route[] =>
  routes().filter(({ path, access }) => access !== 'public' && path.includes(':'));

interface Trial {
  readonly route: Route;
  /** How it is told in the result. */
  readonly name: string;
  readonly real: string;
  readonly invented: string;
}

/**
 * IS-4: asks for every address of the registry with the other canary's names: in its workspace, and in one's own with
 * foreign names. The answer must be the one for names that are nobody's, and never hold the other's secret.
 */
export async function tryRoutes(
  visit: Visit,
  { own, planted, chosen = namingRoutes() }: { own: string; planted: Planted; chosen?: readonly Route[] },
): Promise<Part> {
  const trials = chosen.flatMap((route) => trialsOf(route, own, planted.names));
  const leaks: string[] = [];
  const nobodys = new Set<string>();
  for (const trial of trials) {
    const looking = () => problemOf(visit, trial, { secret: planted.secret, nobodys });
    // Twice, because a page may change between two looks: a hole is there the second time as well.
    const problem = (await looking()) && (await looking());
    if (problem) leaks.push(`${trial.name} ${problem}`);
  }
  const unplanted = chosen.filter(({ path }) => placesIn(path).some((word) => !planted.names[word]));
  return {
    ...{ part: 'routes', tried: trials.length, refused: trials.length - leaks.length, leaks },
    names: trials.map(({ name }) => name),
    invented: unplanted.map(({ method, path }) => `${method} ${path}`),
  };
}

function trialsOf(route: Route, own: string, foreign: Names): Trial[] {
  const name = `${route.method} ${route.path}`;
  const trial = (suffix: string, real: Names, invented: Names): Trial => ({
    ...{ route, name: `${name}${suffix}` },
    real: addressOf(route.path, real),
    invented: addressOf(route.path, invented),
  });
  if (!route.path.startsWith('/w/')) return [trial('', foreign, { versions: '1' })];
  // The same names in a workspace that is not there.
  const asStranger = trial('', foreign, { ...foreign, w: newWord() });
  if (placesIn(route.path).length === 1) return [asStranger];
  return [asStranger, trial(' (own workspace)', { ...foreign, w: own }, { versions: '1', w: own })];
}

/** `nobodys`: answers that were given for names that are nobody's. Most doors share one, and it is asked for once. */
async function problemOf(
  visit: Visit,
  trial: Trial,
  { secret, nobodys }: { secret: string; nobodys: Set<string> },
): Promise<string | undefined> {
  const asking = (path: string) => (trial.route.method === 'GET' ? visit.get(path) : visit.post(path));
  const real = await asking(trial.real);
  if (real.status === 429 || real.status === 503) throw new Error('The edge lets the self-test ask too slowly');
  if (real.text.includes(secret)) return 'showed what the other one holds';
  const told = plain(real, trial.real, trial);
  if (nobodys.has(told)) return undefined;
  const invented = await asking(trial.invented);
  nobodys.add(plain(invented, trial.invented, trial));
  if (nobodys.has(told)) return undefined;
  return `answered ${real.status}, and ${invented.status} for a name that is nobody’s`;
}

/** An answer without what differs from request to request: the names that it repeats, tokens, nonces, ids, instants. */
function plain({ status, headers, text }: Answer, address: string, { route }: Trial): string {
  const fixed = new Set(route.path.split('/'));
  const names = address.split('/').filter((word) => !fixed.has(word));
  const without = (whole: string) =>
    [headers['x-request-id'] ?? '', ...names].filter(Boolean).reduce((rest, word) => rest.replaceAll(word, ''), whole);
  const same = text.replace(/(name="_csrf" value|name="csrf-token" content|nonce)="[^"]*"/g, '');
  // Long numbers are instants; ids, which may hold some, are gone by then.
  const body = without(same).replace(/\d{10,}/g, '');
  return JSON.stringify([status, without(headers.location ?? ''), headers['content-type'], body]);
}

/** Every list and page of a workspace that needs no name, with a word to search for. */
export const searchedRoutes = (): string[] =>
  routes()
    .filter(({ method, path }) => method === 'GET' && path.startsWith('/w/') && placesIn(path).length === 1)
    .map(({ path }) => path);

export interface Searching {
  readonly visit: Visit;
  readonly slug: string;
}

/** RT-1, IS-5: the word is found where it was written, or the search would prove nothing, and nowhere else. */
export async function trySearch(from: Searching, owner: Searching, { word, secret }: Planted): Promise<Part> {
  const found = async ({ visit, slug }: Searching) => {
    const shown: string[] = [];
    for (const path of searchedRoutes()) {
      const { text } = await visit.get(`${addressOf(path, { w: slug })}?q=${word}`);
      if (text.includes(secret)) shown.push(path);
    }
    return shown;
  };
  const leaks = (await found(from)).map((path) => `${path} found it`);
  const control = await found(owner);
  if (control.length === 0) throw new Error('The canary does not find its own word');
  const tried = searchedRoutes().length;
  return { part: 'search', tried, refused: tried - leaks.length, leaks, names: control };
}
