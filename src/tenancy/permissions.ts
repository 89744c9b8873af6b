/** MB-3, MB-4: the one table that decides. The matrix page is generated from it; routes and inTenant ask it. */
export const resources = {
  workspace: ['read', 'update', 'delete'],
  members: ['read', 'create', 'update', 'delete'],
  agents: ['read', 'create', 'update', 'delete'],
  conversations: ['read', 'create', 'update', 'delete'],
  knowledge: ['read', 'create', 'update', 'delete', 'manage'],
  audit: ['read', 'manage'],
  settings: ['read', 'update'],
} as const satisfies Record<string, readonly Action[]>;

export type Action = 'create' | 'read' | 'update' | 'delete' | 'manage';
export type Resource = keyof typeof resources;
export type Permission = { [R in Resource]: `${R}.${(typeof resources)[R][number]}` }[Resource];

export const roles = ['owner', 'admin', 'member'] as const;
export type Role = (typeof roles)[number];

export const permissions: readonly Permission[] = Object.entries(resources).flatMap(([resource, actions]) =>
  actions.map((action) => `${resource}.${action}` as Permission),
);

const memberMay: readonly Permission[] = [
  'workspace.read',
  'members.read',
  'agents.read',
  'conversations.read',
  'conversations.create',
  'conversations.update',
  'conversations.delete',
  'knowledge.read',
  'knowledge.create',
];

const grants: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set(permissions),
  admin: new Set(permissions.filter((permission) => permission !== 'workspace.delete')),
  member: new Set(memberMay),
};

export function allows(role: Role, permission: Permission): boolean {
  return grants[role].has(permission);
}
