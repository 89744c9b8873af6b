import { safeNext } from '../../../http/next.js';
import { page } from '../../../http/page.js';
import type { Proving, Way } from './way.js';

/** A field that was posted before the proof was asked for; the same name may come several times. */
export interface Carried {
  readonly name: string;
  readonly value: string;
}

interface ProofPage {
  readonly action: string;
  readonly carried: readonly Carried[];
  readonly ways: readonly Way[];
  readonly way: Way | undefined;
  /** Whether the way was chosen, and so begun: a code is on its way. */
  readonly begun: boolean;
  readonly errors: Readonly<Record<string, string>>;
}

const isProof = (name: string) => name === '_csrf' || name === 'proof' || name.startsWith('proof_');

/** Every posted field in its order; a list becomes one field an item. Neither the form's token nor the proof itself. */
export function carriedOf(body: unknown): Carried[] {
  return Object.entries(body ?? {})
    .filter(([name]) => !isProof(name))
    .flatMap(([name, value]) => [value].flat().map((item) => ({ name, value: String(item) })));
}

export function withoutProof(body: unknown): unknown {
  return Object.fromEntries(Object.entries(body ?? {}).filter(([name]) => name === '_csrf' || !isProof(name)));
}

/** Answers with the status that the response has, or 403: what was asked for has not been done. */
export async function showProofPage(proving: Proving, { ways, way, ...shown }: ProofPage): Promise<void> {
  const { response, request } = proving;
  if (response.statusCode === 200) response.status(403);
  await page(response, 'accounts/proof', {
    ...{ title: 'Confirm that it is you', layout: 'plain' },
    ...shown,
    ...(await way?.locals?.(proving)),
    way: way?.name,
    others: ways.filter((other) => other !== way).map(({ name, label }) => ({ name, label })),
    cancelHref: cameFrom(request.get('referer')),
    email: proving.account.email,
    rememberDays: 0,
  });
}

function cameFrom(referer: string | undefined): string {
  if (!referer || !URL.canParse(referer)) return '/';
  const { pathname, search } = new URL(referer);
  return safeNext(`${pathname}${search}`);
}
