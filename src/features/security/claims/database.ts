import { refusesCrossing } from '../../../database/crossing.js';
import { loginsThatLogRows, missingGuards } from '../../../database/guards.js';
import { shared, tenantPool, webPool } from '../../../database/shared.js';
import { type Claim, enforced, type Finding, off, unless, untried } from '../claim.js';
import { findConnection, listChangeableAudits, listExcessiveRights, pickNeighbours } from '../queries.js';

/** One that every workspace has, and whose content nobody outside may know. */
const guarded = ['settings', 'messages', 'documents', 'audit_events'];

export const databaseClaims: readonly Claim[] = [
  {
    id: 'workspaces-apart',
    group: 'Isolation',
    title: 'A workspace cannot read another one',
    promise:
      'Each workspace is a Postgres schema of its own, behind a role of its own that has rights on nothing else.',
    mechanism:
      'Role and path are set in the same flight as every statement, so a wrong query meets a wall of Postgres, not of ours.',
    checked: 'From inside one workspace we try to read tables of its nearest neighbour, one that shares its login.',
    features: ['IS-1', 'IS-2'],
    async check() {
      const [from, other] = await pickNeighbours(shared());
      if (!from || !other) return untried('There are not two workspaces yet, so there is nothing to try it with.');
      const scope = { pool: tenantPool(), shard: from.loginShard, tenantId: from.id };
      const open: string[] = [];
      for (const table of guarded) {
        if ((await refusesCrossing(scope, other.id, table)) !== true) open.push(`${table} was not refused`);
      }
      return unless(open, `Postgres refused all ${guarded.length} tables that were tried.`);
    },
  },
  {
    id: 'logins-own-nothing',
    group: 'Isolation',
    title: 'The application’s logins own nothing',
    promise: 'What serves requests can make no role, no table and no schema, and reads no workspace by itself.',
    mechanism: 'Objects belong to a role that cannot log in; a workspace’s role cannot log in either.',
    checked: 'Postgres is asked for every right of every login of the product.',
    features: ['IS-2'],
    async check() {
      const found = await listExcessiveRights(shared());
      return unless(
        found.map(({ name, problem }) => `${name} ${problem}`),
        'No login has a right beyond reading and writing what it was given.',
      );
    },
  },
  {
    id: 'no-way-around',
    group: 'Isolation',
    title: 'An injected expression finds no way around its role',
    promise: 'Functions that switch a role, run SQL from text, read files or reach other sessions are taken away.',
    mechanism: 'Execution is revoked from everybody and given back to the few roles that need it.',
    checked: 'Postgres is asked which of these functions everybody may execute.',
    features: ['IS-2', 'IS-3'],
    async check() {
      const open = await missingGuards(webPool());
      return unless(
        open.map((signature) => `${signature} is open to everybody`),
        'All of them are closed.',
        'partial',
      );
    },
  },
  {
    id: 'audit-append-only',
    group: 'Audit',
    title: 'The audit can be added to, not changed',
    promise: 'A workspace’s role may write and read its audit; it can neither change nor remove an event.',
    mechanism: 'Privileges in Postgres: insert and select, no more.',
    checked: 'Postgres is asked for the rights on the audit table of every workspace.',
    features: ['AU-2'],
    async check() {
      const open = await listChangeableAudits(shared());
      return unless(
        open.length > 0 ? [`The audit of ${open.length} workspaces could be changed by the application`] : [],
        'No login can change or remove an event of any workspace.',
      );
    },
  },
  {
    id: 'database-log',
    group: 'Privacy',
    title: 'The log of the database repeats no row',
    promise: 'When Postgres refuses a row, its own log says which rule was broken, and nothing of what the row held.',
    mechanism: 'Errors of every login of the product are logged without their detail (log_error_verbosity).',
    checked: 'Postgres is asked for that setting of every login.',
    features: ['CR-6'],
    async check() {
      const telling = await loginsThatLogRows(webPool());
      return unless(
        telling.map((name) => `errors of ${name} are logged with the row that was refused`),
        'The errors of all logins are logged without the row.',
        'partial',
      );
    },
  },
  {
    id: 'database-connection',
    group: 'Transport',
    title: 'Nobody listens between the application and its database',
    promise: 'Connections to a database on another machine are encrypted.',
    mechanism: 'TLS to Postgres, or a connection that does not leave this machine.',
    checked: 'Postgres is asked about the connection that asks.',
    features: ['CR-2'],
    async check() {
      return judgeConnection(await findConnection(shared()));
    },
  },
];

export function judgeConnection(connection: { encrypted: boolean; local: boolean } | undefined): Finding {
  if (connection?.encrypted) return enforced('The connection is encrypted with TLS.');
  if (connection?.local) return enforced('The database is on this machine.');
  return off('The connection leaves this machine in the clear. Add sslmode=verify-full to DATABASE_URL.');
}
