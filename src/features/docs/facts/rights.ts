import { type Route, routes } from '../../../http/route.js';
import {
  allows,
  grantable,
  ownersOnly,
  permissions,
  resources,
  roleNames,
  roles,
} from '../../../tenancy/permissions.js';

const accessWords: Readonly<Record<string, string>> = {
  public: 'everybody',
  account: 'whoever is signed in',
  member: 'every member of the workspace',
  platform: 'operators, in the console',
  'platform-entry': 'operators, at the console’s door',
};

export const accessInWords = (access: string): string => accessWords[access] ?? access;

/** The parts of the product, as the first word of an address below a workspace or below the root. */
function partOf({ path }: Route): string {
  const [, first = '', , third = ''] = path.split('/');
  if (first === 'w') return `In a workspace: ${third || 'home'}`;
  return first === 'platform' ? 'Platform console' : 'Outside of workspaces';
}

/** The table that decides, the roles, and every mounted route with its access. */
export const rightsFacts = () => {
  const known = [...routes()].sort((one, other) => one.path.localeCompare(other.path));
  const parts = [...new Set(known.map(partOf))].sort();
  return {
    roles: roles.map((role) => ({ role, name: roleNames[role] })),
    resources: Object.entries(resources).map(([name, actions]) => ({ name, actions })),
    matrix: permissions.map((permission) => ({
      permission,
      allowed: roles.map((role) => allows(role, permission)),
    })),
    ownersOnly,
    grantable: grantable.length,
    routes: known.length,
    parts: parts.map((name) => ({
      name,
      routes: known
        .filter((route) => partOf(route) === name)
        .map(({ method, path, access, asksProof }) => ({
          ...{ method, path, access, words: accessInWords(access), asksProof: asksProof === true },
        })),
    })),
    proofs: known.filter(({ asksProof }) => asksProof).map(({ method, path }) => ({ method, path })),
  };
};
