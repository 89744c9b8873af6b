import { type Config, config } from '../../../config.js';
import { routes } from '../../../http/route.js';
import { absoluteMs } from '../../../http/signed-in.js';
import { plural } from '../../../http/wording.js';
import { permissions, roles } from '../../../tenancy/permissions.js';
import { keptDays } from '../../knowledge/gaps/queries.js';
import { daysKept } from '../../notifications/list/actions.js';
import type { ShownClaim } from '../../security/checks.js';
import { destinations, fetchable } from '../../security/destinations.js';
import { neverStored, storedByWorkspace } from '../../security/storage.js';
import { components } from '../components/installed.js';
import { lastReview } from '../components/kept.js';
import { standingOf } from '../components/review.js';
import type { Facts } from '../overview/facts.js';
import { risksOf } from '../overview/risks.js';
import { freshDays, stateOf } from '../self-test/self-test.js';
import type { Evidence } from './control.js';
import type { Placed, Recorded } from './queries.js';

/** All that a fact is told from, looked at in one moment. */
export interface Seen {
  readonly facts: Facts;
  readonly recorded: Recorded;
  readonly placed: Placed;
  readonly claims: readonly ShownClaim[];
}

type Said = Pick<Evidence, 'text' | 'standing'>;
type Fact = (seen: Seen, settings: Config) => Said;

const good = (text: string): Said => ({ standing: 'good', text });
const unsure = (text: string): Said => ({ standing: 'unsure', text });
const bad = (text: string): Said => ({ standing: 'bad', text });
const day = (at: Date) => at.toISOString().slice(0, 10);
const hours = absoluteMs / 3_600_000;

const people: Readonly<Record<string, Fact>> = {
  roles: () =>
    good(`${roles.length} roles over ${permissions.length} permissions; nobody gives a right that they lack.`),
  owners: ({ facts: { counts } }) => good(`${plural(counts.owners, 'owner')} of ${plural(counts.members, 'member')}.`),
  members: ({ facts: { counts }, recorded }) =>
    good(
      `${plural(counts.members, 'member')}, each with an account of their own; ${recorded.people} acted in the last 90 days.`,
    ),
  'second-factor': ({ facts: { signIn, unprotected, counts, at } }) => {
    const have = `${counts.members - unprotected.length} of ${counts.members} have a passkey or an authenticator.`;
    const demanded = signIn.secondFactorFrom !== null && signIn.secondFactorFrom <= at;
    return demanded ? good(`A second factor is demanded. ${have}`) : unsure(`No second factor is demanded. ${have}`);
  },
  'sign-in-policy': ({ facts: { signIn } }) => {
    const demands = [
      ...(signIn.secondFactorFrom ? ['a second factor'] : []),
      ...(signIn.noPasswordsFrom ? ['no passwords'] : []),
      ...(signIn.noCodesFrom ? ['no emailed codes'] : []),
    ];
    return demands.length > 0
      ? good(`Sign-ins must meet: ${demands.join(', ')}.`)
      : unsure('Nothing beyond a sign-in is demanded.');
  },
  sessions: ({ facts: { signIn } }) =>
    good(`Sessions end after ${signIn.idleMinutes} minutes without a request, and after ${hours} hours at the latest.`),
};

const work: Readonly<Record<string, Fact>> = {
  approvals: ({ facts: { approvals } }) => {
    const asks = approvals.effects.outside !== 'run' && approvals.effects.irreversible !== 'run';
    return asks
      ? good('A person is asked before an agent does what leaves the workspace or cannot be undone.')
      : unsure('Some of what leaves the workspace or cannot be undone runs without a person.');
  },
  decisions: ({ recorded }) => good(`${plural(recorded.decided, 'call')} of agents had a person’s decision.`),
  'audit-events': ({ recorded: { events, since } }) =>
    good(`${plural(events, 'event')} in the activity log${since ? ` since ${day(since)}` : ''}.`),
  refusals: ({ recorded }) => good(`${plural(recorded.refusals, 'refusal')} written down in the last 90 days.`),
  deletions: ({ placed }) =>
    good(`${plural(placed.receipts, 'deletion')} of workspaces, each counted before and after.`),
  retention: () =>
    good(`Read notifications are deleted after ${daysKept} days, unanswered questions after ${keptDays}.`),
  'never-stored': () => good(`There is no place for: ${neverStored.map((what) => what.toLowerCase()).join('; ')}.`),
  keys: ({ facts: { keys, at } }) => {
    const newest = keys.find(({ purpose }) => purpose === 'content');
    if (!newest) return bad('The workspace has no key.');
    const age = Math.floor((at.getTime() - newest.createdAt.getTime()) / 86_400_000);
    const sealed = storedByWorkspace().reduce((sum, table) => sum + table.sealed.length, 0);
    return good(
      `${sealed} columns are sealed with this workspace’s key, version ${newest.generation}, ${plural(age, 'day')} old.`,
    );
  },
};

const installation: Readonly<Record<string, Fact>> = {
  'self-test': ({ facts: { selfTests, at } }) => {
    const latest = selfTests.find(({ finishedAt }) => finishedAt);
    if (!latest?.finishedAt) return unsure('The isolation self-test has not run yet.');
    const said = `Isolation self-test of ${day(latest.finishedAt)}: ${latest.tried} tried, ${latest.leaked} not refused.`;
    if (stateOf(latest) === 'leaking') return bad(said);
    const isFresh = at.getTime() - latest.finishedAt.getTime() < freshDays * 86_400_000;
    return isFresh ? good(said) : unsure(`${said} It is older than a week.`);
  },
  claims: ({ claims }) => {
    const kept = claims.filter(({ state }) => state === 'enforced').length;
    const said = `${kept} of ${claims.length} claims of the installation were found kept when last checked.`;
    return kept === claims.length ? good(said) : unsure(said);
  },
  'open-risks': ({ facts }) => {
    const open = risksOf(facts).length;
    return open === 0 ? good('No risk is open.') : unsure(`${plural(open, 'open risk')} on the security page.`);
  },
  parties: ({ facts: { parties } }) =>
    good(
      parties.length > 0 ? `Connected: ${parties.map(({ name }) => name).join(', ')}.` : 'Nobody outside is connected.',
    ),
  region: ({ placed: { region } }) =>
    region === 'default' ? unsure('No region was named for this workspace.') : good(`The workspace lies in ${region}.`),
  disclosure: (_seen, { SECURITY_CONTACT }) =>
    SECURITY_CONTACT
      ? good(`Weaknesses are reported by a form and to ${SECURITY_CONTACT}.`)
      : unsure('Weaknesses are reported by a form; no address for mail is named.'),
  destinations: (_seen, settings) => {
    const said = `The processes call ${plural(destinations(settings).length, 'server')} by configuration; documents and pages are fetched from ${fetchable(settings)}.`;
    return settings.OUTGOING_ONLY ? good(said) : unsure(said);
  },
  components: () => good(`${plural(components().length, 'library', 'libraries')}, each with its hash.`),
  'components-review': ({ facts: { at } }) => {
    const { state, text } = standingOf(lastReview(), at);
    return { standing: state, text };
  },
  'second-log': (_seen, { LOG_SYSLOG }) =>
    LOG_SYSLOG
      ? good('The log also goes to a collector on another machine, over TLS.')
      : unsure('The log goes to standard output only: whoever runs it has to collect it.'),
  routes: () => good(`${routes().length} routes, each with who may open it.`),
  production: (_seen, { production }) =>
    production
      ? good('The installation runs in production mode.')
      : unsure('The installation does not run in production mode.'),
};

export const factNames: Readonly<Record<string, Fact>> = { ...people, ...work, ...installation };

export function factOf(name: string, seen: Seen): Evidence {
  const fact = factNames[name];
  if (!fact) throw new Error(`No fact ${name}`);
  return { kind: 'fact', ...fact(seen, config()) };
}
