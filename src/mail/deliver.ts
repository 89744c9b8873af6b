import { z } from 'zod';
import { config } from '../config.js';
import { shared } from '../database/shared.js';
import { defineJob } from '../jobs/job.js';
import { captureMail } from './captured.js';
import { type Mail, openMail } from './outbox.js';
import { deleteMail, deleteMailsOlderThan, findMail, markMailFailed } from './queries.js';
import { describeRejection, smtpCarrier } from './smtp.js';

type Carrier = (mail: Mail) => Promise<void>;

const daysKept = 7;

let carrier: Carrier | undefined;

/**
 * Sends one mail of the outbox and removes it. A passing failure is thrown, so that the queue tries again later; a
 * final one (the server refuses this recipient or text) leaves the row with its error until it is swept.
 * A crash between the server's yes and the removal sends it twice, with the same Message-ID.
 */
export const mailDelivery = defineJob({
  name: 'mail.deliver',
  payload: z.object({ mailId: z.uuid() }),
  async run({ mailId }) {
    const row = await findMail(shared(), mailId);
    if (!row) return;
    try {
      await carry(openMail(row.id, row.sealed));
    } catch (error) {
      const { text, final } = describeRejection(error);
      await markMailFailed(shared(), mailId, text);
      if (final) return;
      throw new Error(`A mail could not be sent: ${text}`);
    }
    await deleteMail(shared(), mailId);
  },
});

/** For a daily schedule: nothing that could not be sent stays longer than a week. */
export const mailSweep = defineJob({
  name: 'mail.sweep',
  payload: z.looseObject({}),
  schedule: '13 3 * * *',
  async run() {
    await deleteMailsOlderThan(shared(), daysKept);
  },
});

/** At start: throws with the variable's name when mail could not leave. */
export function checkMailSettings(): void {
  const { production, SMTP_URL, MAIL_FROM } = config();
  if (production && !SMTP_URL) throw new Error('SMTP_URL is missing. Without it nobody can confirm an address.');
  if (production && MAIL_FROM.includes('@localhost')) {
    throw new Error('MAIL_FROM is missing. Set it to the sender that people see: Bailiwick <no-reply@ai.example.org>');
  }
  carrier = newCarrier();
}

async function carry(mail: Mail): Promise<void> {
  carrier ??= newCarrier();
  await carrier(mail);
}

function newCarrier(): Carrier {
  const { SMTP_URL, MAIL_FROM, origin, production } = config();
  if (SMTP_URL) return smtpCarrier({ url: SMTP_URL, from: MAIL_FROM, origin });
  if (production) throw new Error('SMTP_URL is missing');
  return captureMail;
}
