import { z } from 'zod';
import { zoneNamed } from '../calendar/time/zone.js';
import { MoneyField, plainMoney, VolumeField } from './money.js';
import { type Limit, noLimit } from './usage.js';

const fields = { volume: VolumeField, cost: MoneyField };

const toLimit = ({ volume, cost }: { volume: number | undefined; cost: number | undefined }): Limit => ({
  tokens: volume ?? null,
  costMicros: cost ?? null,
});

/** The workspace's limit, that of each person, and by which clock months begin. */
export const LimitsDraft = z
  .object({
    volume: VolumeField,
    cost: MoneyField,
    eachVolume: VolumeField,
    eachCost: MoneyField,
    zone: z
      .string()
      .trim()
      .transform((text, context) => {
        const zone = zoneNamed(text);
        if (zone) return zone;
        context.addIssue({ code: 'custom', message: 'Choose a time zone such as Europe/Zurich.' });
        return z.NEVER;
      }),
  })
  .transform(({ zone, eachVolume, eachCost, ...own }) => ({
    zone,
    workspace: toLimit(own),
    each: toLimit({ volume: eachVolume, cost: eachCost }),
  }));
export type LimitsDraft = z.infer<typeof LimitsDraft>;

/** A limit of one person's own. With neither, they have that of everybody again. */
export const PersonDraft = z
  .object({ person: z.uuid('Choose a member.'), ...fields })
  .transform(({ person, ...own }) => ({ person, limit: toLimit(own) }));
export type PersonDraft = z.infer<typeof PersonDraft>;

/** What the form shows of limits. */
export function limitValues({
  workspace = noLimit,
  each = noLimit,
  zone,
}: Partial<Omit<LimitsDraft, 'zone'>> & { zone: string }) {
  const volume = ({ tokens }: Limit) => (tokens === null ? '' : String(tokens));
  const cost = ({ costMicros }: Limit) => (costMicros === null ? '' : plainMoney(costMicros));
  return {
    ...{ volume: volume(workspace), cost: cost(workspace), eachVolume: volume(each), eachCost: cost(each), zone },
  };
}
