import type { Access } from '../../../http/access.js';
import { routes } from '../../../http/route.js';
import { NamesDraft } from '../../accounts/profile/names.js';
import { Member, RoleDraft } from '../../members/member.js';
import { PlatformTenant } from '../../platform/tenants/tenant.js';
import { WorkspaceSettings } from '../../workspaces/workspace.js';
import { accessInWords } from './rights.js';

/** Where a field is shown or taken, and what is asked beside the route's access. */
interface Door {
  readonly route: string;
  readonly and?: string;
}

interface FieldRule {
  readonly of: string;
  readonly fields: readonly string[];
  /** Empty: no page shows it. */
  readonly read: readonly Door[];
  /** Empty: no form takes it; it follows from what happens. */
  readonly write: readonly Door[];
  readonly note?: string;
}

const own = 'your own';
const rank = 'nobody gives or takes what they do not have, and the last owner stays';
const memberPages: readonly Door[] = [
  { route: 'GET /w/:workspace/members' },
  { route: 'GET /w/:workspace/members/:id' },
];
const profile: Door = { route: 'GET /profile', and: own };

/** V8.1.2. Fields that a form takes come from the schema that judges it: whatever else is posted is dropped. */
const rules = (): FieldRule[] => [
  {
    of: 'Account',
    fields: Object.keys(NamesDraft.shape),
    read: [profile, ...memberPages, { route: 'GET /w/:workspace/members/names' }],
    write: [{ route: 'POST /profile', and: own }],
  },
  {
    of: 'Account',
    fields: ['email'],
    read: [profile, ...memberPages, { route: 'GET /platform/accounts/:id', and: 'looked up by the whole address' }],
    write: [
      { route: 'POST /profile/email', and: own },
      { route: 'POST /profile/new-email/:token', and: 'by the link that was mailed to the new address' },
    ],
  },
  {
    of: 'Account',
    fields: ['password'],
    read: [],
    write: [
      { route: 'POST /profile/password', and: 'your own, with the present one' },
      { route: 'POST /recover/:token', and: 'by a mailed link' },
    ],
    note: 'Kept as a hash. No operator and no admin can set or see one.',
  },
  {
    of: 'Account',
    fields: ['authenticator secret', 'recovery codes'],
    read: [
      { route: 'GET /profile/authenticator/confirmation', and: 'once, while it is set up' },
      { route: 'POST /profile/recovery-codes', and: 'once, when they are made' },
    ],
    write: [
      { route: 'POST /profile/authenticator', and: own },
      { route: 'POST /profile/recovery-codes', and: own },
    ],
  },
  {
    of: 'Account',
    fields: ['passkeys', 'connected logins'],
    read: [{ route: 'GET /profile/security', and: own }],
    write: [
      { route: 'POST /profile/passkeys', and: own },
      { route: 'POST /profile/passkeys/:id/removal', and: own },
    ],
  },
  {
    of: 'Session',
    fields: ['device', 'address', 'signed in at', 'last used at'],
    read: [{ route: 'GET /profile/sessions', and: own }],
    write: [],
    note: 'They can be ended, not changed. An operator can end all of an account, and sees none.',
  },
  {
    of: 'Member',
    fields: Object.keys(RoleDraft.shape),
    read: memberPages,
    write: [{ route: 'POST /w/:workspace/members/:id/role', and: rank }],
  },
  {
    of: 'Member',
    fields: ['ownRoles', 'groups', 'granted'],
    read: memberPages,
    write: [
      { route: 'POST /w/:workspace/members/:id/roles', and: rank },
      { route: 'POST /w/:workspace/groups/:id/members', and: rank },
    ],
  },
  {
    of: 'Member',
    fields: Object.keys(Member.shape).filter((name) => name === 'accountId' || name === 'joinedAt'),
    read: memberPages,
    write: [],
  },
  {
    of: 'Workspace',
    fields: Object.keys(WorkspaceSettings.shape),
    read: [{ route: 'GET /w/:workspace/settings' }],
    write: [{ route: 'POST /w/:workspace/settings' }],
    note: 'Every member sees the name.',
  },
  {
    of: 'Workspace',
    fields: ['sign-in policy', 'approval policy'],
    read: [{ route: 'GET /w/:workspace/settings/sign-in' }, { route: 'GET /w/:workspace/settings/approvals' }],
    write: [{ route: 'POST /w/:workspace/settings/sign-in' }, { route: 'POST /w/:workspace/settings/approvals' }],
  },
  {
    of: 'Workspace, in the console',
    fields: Object.keys(PlatformTenant.shape),
    read: [{ route: 'GET /platform' }, { route: 'GET /platform/tenants/:tenant' }],
    write: [
      { route: 'POST /platform/tenants/:tenant/trial', and: 'trial end and quotas' },
      { route: 'POST /platform/tenants/:tenant/suspension', and: 'suspended or not' },
    ],
    note: 'This is all that an operator sees of a workspace: no title, no text, no name of a member.',
  },
  {
    of: 'Conversation',
    fields: ['title', 'messages'],
    read: [
      { route: 'GET /w/:workspace/conversations/:id', and: own },
      { route: 'GET /w/:workspace/conversations/:id/shared', and: 'those whom its owner let read it' },
    ],
    write: [
      { route: 'POST /w/:workspace/conversations/:id/messages', and: own },
      { route: 'POST /w/:workspace/conversations/:id/title', and: own },
    ],
    note: 'Nobody else’s, whatever their role.',
  },
  {
    of: 'Agent',
    fields: ['name', 'role', 'instructions', 'model', 'tools', 'knowledge', 'own rules', 'budget'],
    read: [{ route: 'GET /w/:workspace/agents/:id' }],
    write: [{ route: 'POST /w/:workspace/agents' }, { route: 'POST /w/:workspace/agents/:id' }],
  },
  {
    of: 'Document',
    fields: ['title', 'text'],
    read: [
      { route: 'GET /w/:workspace/knowledge/:id', and: 'a role that the document is open to, or knowledge.manage' },
    ],
    write: [{ route: 'POST /w/:workspace/knowledge' }, { route: 'POST /w/:workspace/knowledge/:id/versions' }],
  },
  {
    of: 'Document',
    fields: ['who may read it', 'which agents may find it'],
    read: [{ route: 'GET /w/:workspace/knowledge/:id' }],
    write: [{ route: 'POST /w/:workspace/knowledge/:id/access' }],
  },
  {
    of: 'Decision',
    fields: ['arguments'],
    read: [
      { route: 'GET /w/:workspace/inbox/:id', and: 'what was asked for you, or all of them with decisions.update' },
    ],
    write: [{ route: 'POST /w/:workspace/inbox/:id/edited-approval', and: 'every version is kept' }],
  },
  {
    of: 'Audit event',
    fields: ['all of it'],
    read: [{ route: 'GET /w/:workspace/audit/:id' }],
    write: [],
    note: 'The workspace’s database role may insert and select, no more.',
  },
];

/** The rules with the access that each route has at this moment. Throws for a route that is not mounted. */
export const fieldFacts = () => {
  const access = new Map<string, Access>(routes().map((route) => [`${route.method} ${route.path}`, route.access]));
  const shown = ({ route, and }: Door) => {
    const known = access.get(route);
    if (!known) throw new Error(`The guide names ${route}, which is not mounted`);
    return { route, access: known, words: accessInWords(known), and: and ?? '' };
  };
  return rules().map(({ of, fields, read, write, note = '' }) => ({
    ...{ of, fields, note },
    read: read.map(shown),
    write: write.map(shown),
  }));
};
