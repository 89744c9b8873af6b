import { z } from 'zod';
import { sharedTransaction } from '../../../database/shared.js';
import { defineJob } from '../../../jobs/job.js';
import { sendMail } from '../../../mail/outbox.js';
import { findAccount } from '../queries.js';
import { codeHash, codeMinutes, newCode } from './code.js';
import { issueCode } from './queries.js';

const uses = {
  'sign-in': 'to sign in',
  'second-step': 'to finish signing in',
  proof: 'to confirm that it is you',
} as const;

/** Makes the code that was asked for and mails it. Repeated, it does nothing. */
export const mailCode = defineJob({
  name: 'accounts.mail-code',
  payload: z.object({ codeId: z.uuid() }),
  async run({ codeId }) {
    const code = newCode();
    await sharedTransaction(async (db) => {
      const issued = await issueCode(db, codeId, codeHash(codeId, code));
      const account = issued && (await findAccount(db, issued.accountId));
      if (!account) return;
      const { device, address, purpose } = issued;
      const locals = { code, use: uses[purpose], minutes: codeMinutes, when: new Date(), device, address };
      await sendMail(db, { to: account.email, template: 'code', locals });
    });
  },
});
