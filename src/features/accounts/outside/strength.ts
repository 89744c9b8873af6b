import { z } from 'zod';
import { config } from '../../../config.js';
import { Refused } from './identity.js';

/** How somebody signed in at an OpenID provider, by its own word (OpenID Connect Core §2). Each may be missing. */
export const StrengthClaims = z.object({
  acr: z.string().max(255).optional(),
  amr: z.array(z.string().max(64)).max(20).optional(),
  /** Seconds since 1970. */
  auth_time: z.number().int().nonnegative().optional(),
});
export type StrengthClaims = z.infer<typeof StrengthClaims>;

/** What the operator demands of a sign-in there. Nothing: whoever comes from there has shown one factor, of the least strength. */
export interface Demanded {
  readonly maxAgeSeconds?: number;
  /** One of them must be named. */
  readonly methods: readonly string[];
  readonly classes: readonly string[];
}

export function demandedOfProvider(): Demanded {
  const { GOOGLE_MAX_AGE_MINUTES: minutes, GOOGLE_AMR: methods, GOOGLE_ACR: classes } = config();
  return { ...(minutes === undefined ? {} : { maxAgeSeconds: minutes * 60 }), methods, classes };
}

/** Parameters that ask the provider to see to it, and to say so. One that does not know them passes over them. */
export function asking({ maxAgeSeconds, methods, classes }: Demanded): Readonly<Record<string, string>> {
  const claims = {
    ...(maxAgeSeconds === undefined ? {} : { auth_time: { essential: true } }),
    ...(methods.length > 0 ? { amr: { essential: true } } : {}),
  };
  return {
    ...(maxAgeSeconds === undefined ? {} : { max_age: String(maxAgeSeconds) }),
    ...(classes.length > 0 ? { acr_values: classes.join(' ') } : {}),
    ...(Object.keys(claims).length > 0 ? { claims: JSON.stringify({ id_token: claims }) } : {}),
  };
}

const skewSeconds = 60;

/** Throws Refused where a demand is not met. What is not said counts as not so (ASVS 6.8.4). */
export function judgeStrength(said: StrengthClaims, { maxAgeSeconds, methods, classes }: Demanded, now: number): void {
  const at = said.auth_time;
  if (at !== undefined && at > now / 1000 + skewSeconds) throw new Refused('identity');
  const isOld = at === undefined || now / 1000 - at > (maxAgeSeconds ?? 0) + skewSeconds;
  if (maxAgeSeconds !== undefined && isOld) throw new Refused('stale');
  const isMet = (named: readonly string[], demanded: readonly string[]) =>
    demanded.length === 0 || demanded.some((one) => named.includes(one));
  if (!isMet(said.amr ?? [], methods) || !isMet(said.acr === undefined ? [] : [said.acr], classes))
    throw new Refused('weak');
}
