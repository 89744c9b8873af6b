import { z } from 'zod';
import { newId } from '../../../../database/id.js';
import { sharedTransaction } from '../../../../database/shared.js';
import { Invalid, NotFound } from '../../../../errors.js';
import { insertPlatformAct } from '../../events/queries.js';
import type { Operator } from '../../operator.js';
import { deleteAnswer, getAnswer, saveAnswer } from './queries.js';

export const AnswerDraft = z.object({
  name: z
    .string('Give it a name.')
    .trim()
    .normalize('NFC')
    .min(1, 'Give it a name.')
    .max(80, 'Use at most 80 characters.'),
  text: z
    .string('Write what it says.')
    .trim()
    .min(1, 'Write what it says.')
    .max(10_000, 'Use at most 10,000 characters.'),
});
export type AnswerDraft = z.infer<typeof AnswerDraft>;

export async function keepAnswer(operator: Operator, draft: AnswerDraft, id?: string): Promise<void> {
  await sharedTransaction(async (db) => {
    if (id) await getAnswer(db, id);
    const message = 'Another template has this name.';
    if ((await saveAnswer(db, { ...draft, id: id ?? newId() })) === 0) throw new Invalid(message, { name: message });
    const event = id ? 'platform.report-template-changed' : 'platform.report-template-made';
    await insertPlatformAct(db, operator, { event, details: { name: draft.name } });
  });
}

export async function removeAnswer(operator: Operator, id: string): Promise<void> {
  await sharedTransaction(async (db) => {
    const { name } = await getAnswer(db, id);
    if ((await deleteAnswer(db, id)) === 0) throw new NotFound('There is no such template.');
    await insertPlatformAct(db, operator, { event: 'platform.report-template-deleted', details: { name } });
  });
}
