/** MB-3, MB-4: the one table that decides. The matrix page is generated from it; routes and inTenant ask it. */
export const resources = {
  workspace: ['read', 'update', 'delete', 'manage'],
  members: ['read', 'create', 'update', 'delete', 'manage'],
  agents: ['read', 'create', 'update', 'delete'],
  conversations: ['read', 'create', 'update', 'delete'],
  knowledge: ['read', 'create', 'update', 'delete', 'manage'],
  decisions: ['read', 'update'],
  tasks: ['read', 'create', 'update', 'delete'],
  spaces: ['read', 'create', 'update', 'delete'],
  pages: ['read', 'create', 'update', 'delete'],
  calendar: ['read', 'create', 'update', 'delete'],
  audit: ['read', 'manage'],
  usage: ['read'],
  settings: ['read', 'update'],
} as const satisfies Record<string, readonly Action[]>;

export type Action = 'create' | 'read' | 'update' | 'delete' | 'manage';
export type Resource = keyof typeof resources;
export type Permission = { [R in Resource]: `${R}.${(typeof resources)[R][number]}` }[Resource];
export type Permissions = ReadonlySet<Permission>;

export const permissions: readonly Permission[] = Object.entries(resources).flatMap(([resource, actions]) =>
  actions.map((action) => `${resource}.${action}` as Permission),
);

/** The roles that every workspace has, from the most to the least. A workspace adds its own from `grantable`. */
export const roles = ['owner', 'admin', 'workspace-admin', 'agent-developer', 'analyst', 'member', 'user'] as const;
export type Role = (typeof roles)[number];

/** As pages and mails call them. */
export const roleNames: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  admin: 'Admin',
  'workspace-admin': 'Workspace Admin',
  'agent-developer': 'Agent Developer',
  analyst: 'Analyst',
  member: 'Member',
  user: 'User',
};

/** Handing the workspace over and deleting it: no role but the owner's holds these, and none can be made that does. */
export const ownersOnly: readonly Permission[] = ['workspace.manage', 'workspace.delete'];
export const grantable: readonly Permission[] = permissions.filter((permission) => !ownersOnly.includes(permission));

const everythingOf = (...chosen: Resource[]): Permission[] =>
  grantable.filter((permission) => chosen.some((resource) => permission.startsWith(`${resource}.`)));

const userMay: readonly Permission[] = [
  'workspace.read',
  'agents.read',
  'conversations.read',
  'conversations.create',
  'conversations.update',
  'conversations.delete',
  'knowledge.read',
  'decisions.read',
  ...everythingOf('tasks', 'pages', 'calendar'),
  'spaces.read',
];

const memberMay: readonly Permission[] = [
  ...userMay,
  'members.read',
  'knowledge.create',
  'spaces.create',
  'spaces.update',
];

const grants: Readonly<Record<Role, Permissions>> = {
  owner: new Set(permissions),
  admin: new Set(grantable),
  // Whoever lets people in must hold what these get, so all of a member's rights are here, too.
  'workspace-admin': new Set([...memberMay, ...everythingOf('workspace', 'members', 'audit', 'usage', 'settings')]),
  'agent-developer': new Set([...memberMay, ...everythingOf('agents', 'knowledge')]),
  analyst: new Set([...userMay, 'members.read', 'audit.read', 'usage.read']),
  member: new Set(memberMay),
  user: new Set(userMay),
};

export function permissionsOf(role: Role): Permissions {
  return grants[role];
}

export function allows(role: Role, permission: Permission): boolean {
  return grants[role].has(permission);
}

/**
 * What a member may do: their role's permissions and those of the workspace's own roles that they hold, by themselves
 * or through groups. Names that this version does not know, or that only owners have, give nothing.
 */
export function union(role: Role, granted: readonly string[]): Permissions {
  if (granted.length === 0) return grants[role];
  const names = new Set(granted);
  return new Set([...grants[role], ...grantable.filter((permission) => names.has(permission))]);
}

/** Whether somebody with `own` may give or take `other`: nobody gives what they do not have. */
export function covers(own: Permissions, other: Iterable<Permission>): boolean {
  return [...other].every((permission) => own.has(permission));
}

// Ending somebody's access and taking one's data away must stay possible.
const always: readonly Permission[] = ['members.delete', 'workspace.delete'];

/** What is left of these when a trial has ended: to look, to take away, to close (MB-8). */
export function withoutChanging(full: Permissions): Permissions {
  return new Set([...full].filter((permission) => permission.endsWith('.read') || always.includes(permission)));
}
