import { config } from '../../config.js';
import type { Database } from '../../database/database.js';
import { sendMail } from '../../mail/outbox.js';
import type { Account, Origin } from './account.js';

interface Notice {
  /** A sentence without its full stop, also the subject: `Your password was changed`. */
  readonly what: string;
  /** What it means, or what else happened with it. */
  readonly detail?: string;
  /** Otherwise the account's own address: a changed one is told to the old. */
  readonly to?: string;
}

/** Mails an account's owner what was changed on it, when and from where (ASVS 6.3.7), in the transaction of the change. */
export async function tellOwner(db: Database, account: Account, origin: Origin, notice: Notice): Promise<void> {
  await sendMail(db, {
    to: notice.to ?? account.email,
    template: 'security-notice',
    locals: {
      what: notice.what,
      detail: notice.detail ?? '',
      when: new Date(),
      device: origin.device ?? 'A browser',
      address: origin.address,
      link: `${config().origin}/profile`,
    },
  });
}
