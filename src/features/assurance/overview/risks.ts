import { plural } from '../../../http/wording.js';
import { openPolicy } from '../../../tenancy/sign-in-policy.js';
import { defaultPolicy } from '../../decisions/policy/policy.js';
import { freshDays, stateOf } from '../self-test/self-test.js';
import type { Facts } from './facts.js';

export const severities = ['high', 'medium', 'low'] as const;
export type Severity = (typeof severities)[number];

export interface Risk {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  /** What could come of it. */
  readonly text: string;
  /** Where it is put right: below the workspace's address, or with a slash in front of the whole. */
  readonly link: { readonly place: string; readonly label: string };
}

const dayMs = 86_400_000;
const oldKeyDays = 366;

type Rule = (facts: Facts) => Risk | undefined;

const members = { place: 'members', label: 'Open the members' };
const signIn = { place: 'settings/sign-in', label: 'Change the sign-in settings' };
const approvals = { place: 'settings/approvals', label: 'Change the approvals' };
const selfTest = { place: 'security#self-test', label: 'Test now' };

const rules: readonly Rule[] = [
  ({ selfTests: [latest] }) =>
    when(latest && stateOf(latest) === 'leaking', 'isolation-leak', 'high', {
      title: `Isolation: ${latest?.leaked} of ${latest?.tried} tries were not refused`,
      text: 'The self-test reached something of another workspace. Tell whoever runs this installation today.',
      link: { place: 'security#self-test', label: 'See what was reached' },
    }),
  ({ selfTests, at }) =>
    when(
      !selfTests.some(({ finishedAt }) => finishedAt && at.getTime() - finishedAt.getTime() < freshDays * dayMs),
      'isolation-untested',
      'medium',
      {
        title: 'Isolation was not tested in the last week',
        text: 'It is tested every Sunday and whenever you ask. Without a fresh result nothing is known of now.',
        link: selfTest,
      },
    ),
  ({ brokenClaims }) =>
    when(brokenClaims.length > 0, 'claims', 'high', {
      title: `${brokenClaims.length} of the installation’s claims are not kept`,
      text: `${brokenClaims.join('; ')}. Whoever runs the installation can mend this.`,
      link: { place: '/security', label: 'See all claims' },
    }),
  ({ unprotected, signIn: policy, at }) => {
    const demanded = policy.secondFactorFrom !== null && policy.secondFactorFrom <= at;
    const managing = unprotected.filter(({ role }) => role === 'owner' || role === 'admin');
    if (managing.length > 0 && !demanded) {
      return {
        ...{ id: 'managing-without-factor', severity: 'high', link: signIn },
        title: `${plural(managing.length, 'person who manages this workspace has', 'people who manage this workspace have')} no second factor`,
        text: 'Whoever gets hold of their password or their mailbox gets everything. Demand a second factor.',
      };
    }
    return when(unprotected.length > 0, 'without-factor', demanded ? 'low' : 'medium', {
      title: `${plural(unprotected.length, 'member has', 'members have')} no passkey and no authenticator`,
      text: demanded
        ? 'The workspace demands a second factor, so they can only use emailed codes for it.'
        : 'A stolen password is enough to act as them. Demand a second factor.',
      link: demanded ? { place: 'security#members', label: 'See who' } : signIn,
    });
  },
  ({ approvals: policy }) =>
    when(policy.effects.outside === 'run' || policy.effects.irreversible === 'run', 'runs-unasked', 'high', {
      title: 'Agents may do what leaves the workspace or cannot be undone without asking',
      text: 'A text that an agent reads can make it act. Let a person be asked first.',
      link: approvals,
    }),
  ({ approvals: policy }) =>
    when(policy.afterReading === 'run', 'after-reading', 'high', {
      title: 'Agents may change things after reading what others wrote, without asking',
      text: 'A document or web page can hold instructions that an agent then follows.',
      link: approvals,
    }),
  ({ approvals: policy }) =>
    when(policy.agentsMayLoosen, 'agents-loosen', 'medium', {
      title: 'An agent’s own rules may be less strict than the workspace’s',
      text: 'Whoever edits an agent can take away the question that you set for all of them.',
      link: approvals,
    }),
  ({ approvals: policy }) =>
    when(policy.ownApproval === 'always' && defaultPolicy.ownApproval !== 'always', 'own-approval', 'medium', {
      title: 'People approve what they asked for themselves',
      text: 'A second pair of eyes is missing where an agent acts for somebody.',
      link: approvals,
    }),
  ({ inside }) =>
    when(inside.overdue > 0, 'decisions-waiting', 'low', {
      title: `${inside.overdue} decisions wait for more than a day`,
      text: 'What waits unread is approved in haste later, or runs out.',
      link: { place: 'inbox', label: 'Open the inbox' },
    }),
  ({ counts }) =>
    when(counts.owners === 1 && counts.members > 1, 'one-owner', 'low', {
      title: 'There is only one owner',
      text: 'When they cannot sign in, nobody can hand the workspace over.',
      link: members,
    }),
  ({ counts }) =>
    when(counts.expiredInvitations > 0, 'stale-invitations', 'low', {
      title: `${counts.expiredInvitations} invitations ran out unanswered`,
      text: 'Their links are dead. Withdraw them, so that the list says who is really expected.',
      link: { place: 'members/invitations', label: 'Open the invitations' },
    }),
  ({ signIn: policy }) =>
    when(policy.rememberBrowsers && policy.secondFactorFrom !== null, 'remembered', 'low', {
      title: 'Browsers may skip the second factor',
      text: 'Somebody with a remembered computer needs the password alone.',
      link: signIn,
    }),
  ({ signIn: policy }) =>
    when(policy.idleMinutes > openPolicy.idleMinutes, 'idle', 'low', {
      title: 'Sessions stay open for long',
      text: 'A computer that is left alone stays signed in.',
      link: signIn,
    }),
  ({ keys, at }) =>
    when(
      keys.some(
        ({ purpose, createdAt }, place) =>
          purpose === 'content' && place === 0 && at.getTime() - createdAt.getTime() > oldKeyDays * dayMs,
      ),
      'old-key',
      'low',
      {
        title: 'The key that seals this workspace’s content is older than a year',
        text: 'The longer one key is used, the more it would open. Whoever runs the installation can rotate it.',
        link: { place: '/docs/running', label: 'How keys are rotated' },
      },
    ),
];

function when(
  holds: boolean | undefined,
  id: string,
  severity: Severity,
  words: Omit<Risk, 'id' | 'severity'>,
): Risk | undefined {
  return holds ? { id, severity, ...words } : undefined;
}

/** What is open, the worst first. */
export function risksOf(facts: Facts): Risk[] {
  const found = rules.flatMap((rule) => rule(facts) ?? []);
  return severities.flatMap((severity) => found.filter((risk) => risk.severity === severity));
}
