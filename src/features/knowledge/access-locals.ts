import { shared } from '../../database/shared.js';
import type { TenantContext } from '../../tenancy/context.js';
import { readTenant } from '../../tenancy/in-tenant.js';
import { allows, type Role, roleNames, roles } from '../../tenancy/permissions.js';
import { listRoles } from '../roles/queries.js';
import type { Document } from './document.js';
import { listAgentNames } from './queries.js';

const isBuiltIn = (role: string): role is Role => roles.some((known) => known === role);

/** What people call the roles of a document, the workspace's own among them. */
export async function roleNamer({ tenant }: TenantContext): Promise<(role: string) => string> {
  const own = new Map((await listRoles(shared(), tenant.id)).map(({ id, name }) => [id, name]));
  return (role) => (isBuiltIn(role) ? roleNames[role] : (own.get(role) ?? 'a role that is gone'));
}

/** Who may find a document, in words and as the choices of the form. */
export async function accessLocals(context: TenantContext, document: Document) {
  const [own, agents, nameOf] = await Promise.all([
    listRoles(shared(), context.tenant.id),
    readTenant(context, 'knowledge.read', (db) => listAgentNames(db)),
    roleNamer(context),
  ]);
  const agentNames = new Map(agents.map(({ id, name }) => [id, name]));
  const agentName = (id: string) => agentNames.get(id) ?? 'an agent that is gone';
  // Whoever may manage knowledge sees everything anyway.
  const builtIn = roles.filter((role) => !allows(role, 'knowledge.manage'));
  return {
    named: { role: nameOf, agent: agentName },
    readers:
      document.roles === null ? 'everyone in the workspace' : document.roles.map(nameOf).join(', ') || 'managers only',
    agents: document.agents === null ? 'every agent' : document.agents.map(agentName).join(', ') || 'no agent',
    roleChoices: [
      ...builtIn.map((role) => ({ value: role, label: roleNames[role] })),
      ...own.map(({ id, name, description }) => ({
        value: id,
        label: name,
        help: description || 'A role of this workspace',
      })),
    ].map((choice) => ({ ...choice, checked: document.roles?.includes(choice.value) ?? false })),
    agentChoices: agents
      .filter(({ id, archived }) => !archived || document.agents?.includes(id))
      .map(({ id, name }) => ({ value: id, label: name, checked: document.agents?.includes(id) ?? false })),
  };
}
