import type { Request, Response } from 'express';
import { newId } from '../../database/id.js';
import { addressOf } from '../../http/address.js';
import { account } from '../../http/signed-in.js';
import { localsOf } from '../../http/types.js';
import type { Tenant, TenantContext } from '../../tenancy/context.js';

/** Who runs the installation, at this moment: a person in the console, or whoever types at its command line. */
export interface Operator {
  readonly accountId: string | null;
  readonly name: string;
  readonly trigger: 'page' | 'command';
  readonly requestId: string;
  readonly address: string | null;
}

export function operatorOf(request: Request, response: Response): Operator {
  const { id, username } = account(response);
  const { requestId } = localsOf(response);
  return { accountId: id, name: username, trigger: 'page', requestId, address: addressOf(request) };
}

export function commandLine(): Operator {
  return {
    accountId: null,
    name: 'the command line',
    trigger: 'command',
    requestId: `command ${newId()}`,
    address: null,
  };
}

/**
 * The operator at a workspace: may leave an event in its audit and reads nothing. Its people see who it was and the
 * request; from which address an operator works is not theirs to know.
 */
export function contextAt(tenant: Tenant, { name, trigger, requestId }: Operator): TenantContext {
  const actor = { kind: 'system', name: `Platform admin (${name})`, may: ['workspace.read'] } as const;
  return { tenant, actor, trigger, requestId };
}
