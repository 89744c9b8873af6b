import { z } from 'zod';
import type { Quotas } from '../../../tenancy/context.js';
import { MoneyField, plainMoney, VolumeField } from '../../usage/money.js';

const most = z
  .string()
  .trim()
  .regex(/^\d{0,9}$/, 'Enter a whole number, or nothing for no limit.')
  .transform((text) => (text === '' ? undefined : Number(text)))
  .optional();

/** A trial goes to the end of its last day, so that nobody loses half a day to a time zone. */
const EndDay = z
  .string()
  .trim()
  .refine((text) => text === '' || z.iso.date().safeParse(text).success, 'Enter a day such as 2027-01-31, or nothing.')
  .transform((text) => (text === '' ? null : new Date(`${text}T23:59:59.999Z`)))
  .default(null);

export const TrialForm = z
  .object({
    ...{ endsOn: EndDay, members: most, documents: most, messagesPerMonth: most },
    ...{ volumePerMonth: VolumeField, costPerMonth: MoneyField },
  })
  .transform(({ endsOn, volumePerMonth, ...quotas }): TrialDraft => {
    return { endsAt: endsOn, quotas: { ...quotas, tokensPerMonth: volumePerMonth } };
  });

export interface TrialDraft {
  /** Null when the workspace is not a trial. */
  readonly endsAt: Date | null;
  readonly quotas: Quotas;
}

/** What the form shows: the same, as text. */
export function trialValues({ trialEndsAt, quotas }: { trialEndsAt: Date | null; quotas: Quotas }) {
  const text = (count: number | undefined) => (count === undefined ? '' : String(count));
  return {
    endsOn: trialEndsAt?.toISOString().slice(0, 10) ?? '',
    members: text(quotas.members),
    documents: text(quotas.documents),
    messagesPerMonth: text(quotas.messagesPerMonth),
    volumePerMonth: text(quotas.tokensPerMonth),
    costPerMonth: quotas.costPerMonth === undefined ? '' : plainMoney(quotas.costPerMonth),
  };
}
