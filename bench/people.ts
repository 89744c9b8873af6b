import { newId } from '../src/database/id.js';
import { shared } from '../src/database/shared.js';
import { hashPassword } from '../src/features/accounts/password.js';
import { pepper } from '../src/features/accounts/pepper.js';
import { insertAccount } from '../src/features/accounts/queries.js';
import { openWorkspace } from '../src/features/workspaces/opening.js';
import { Visitor } from '../test/support/visitor.js';

export interface BenchPerson {
  readonly visitor: Visitor;
  /** `/w/<slug>` */
  readonly home: string;
  readonly agentId: string;
  readonly token: string;
}

const password = 'violet kettle under nine lamps';

/** Somebody at an address of their own, signed in over HTTP, owner of a workspace of their own. */
export async function newOwner(origin: string, number: number): Promise<BenchPerson> {
  const name = `bench${number}`;
  const account = { id: newId(), name, username: name, email: `${name}@example.org` };
  await insertAccount(shared(), { ...account, passwordHash: await hashPassword(password, pepper()) });
  const request = { requestId: 'bench', address: '127.0.0.1' };
  const tenant = await openWorkspace({ name, owner: account, origin: request });
  const visitor = new From(origin, `203.0.${Math.floor(number / 250)}.${(number % 250) + 1}`);
  await visitor.submit('/sign-in', { login: name, password, next: '' });
  const home = `/w/${tenant.slug}`;
  const { text } = await visitor.get(`${home}/conversations/new`);
  const agentId = /name="agent"[^>]*value="([^"]+)"|value="([0-9a-f-]{36})"/.exec(text)?.slice(1).find(Boolean) ?? '';
  return { visitor, home, agentId, token: await visitor.token(`${home}/conversations/new`) };
}

class From extends Visitor {
  readonly address: string;
  constructor(origin: string, address: string) {
    super(origin);
    this.address = address;
  }

  override send(path: string, init: RequestInit) {
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', this.address);
    return super.send(path, { ...init, headers });
  }
}

/** As a `Cookie` header, for requests that are not made by the visitor itself. */
export function cookiesOf({ visitor }: BenchPerson): string {
  return [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}
