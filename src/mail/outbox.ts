import { z } from 'zod';
import type { Database } from '../database/database.js';
import { newId } from '../database/id.js';
import { enqueueJob } from '../jobs/job.js';
import { openForDeployment, sealForDeployment } from '../vault/deployment.js';
import { insertMail } from './queries.js';
import { type MailLocals, type MailTemplate, renderMail } from './templates.js';

const Mail = z.object({
  to: z.email().max(254),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  /**
   * Where one post stops mails of this kind (RFC 8058); mail programs show it as a button. It takes no sign-in, so what
   * it means is sealed into it.
   */
  unsubscribe: z.url().optional(),
  thread: z
    .object({
      reference: z.string().regex(/^[\w-]+$/),
      inReplyTo: z.string().optional(),
      replyTo: z.email().optional(),
      personal: z.boolean().optional(),
    })
    .optional(),
});

/** A mail as it lies in the outbox. `id` also names it to mail servers, so that a repeated one is recognised. */
export type Mail = z.infer<typeof Mail> & { readonly id: string };

export interface MailRequest<T extends MailTemplate> {
  /** One bare address. */
  readonly to: string;
  readonly template: T;
  readonly locals: MailLocals<T>;
  /** Only for mail that nobody needs. */
  readonly unsubscribe?: string;
  readonly thread?: MailThread;
}

/** For mail that is answered: its reference is in the Message-ID, so that an answer names it in its headers (RFC 5322). */
export interface MailThread {
  readonly reference: string;
  /** The Message-ID of the mail that this one answers. */
  readonly inReplyTo?: string | undefined;
  readonly replyTo?: string | undefined;
  /** A person wrote it: it does not say that a machine did (RFC 3834). */
  readonly personal?: boolean;
}

const purpose = 'mail';

/**
 * Puts a mail into the outbox in the caller's transaction: it is sent if, and only after, that commits.
 * Address and text are sealed with the deployment's key. Throws ZodError when the address is not one.
 */
export async function sendMail<T extends MailTemplate>(db: Database, request: MailRequest<T>): Promise<void> {
  // A tenant's queue carries only that tenant's work, and mail is the installation's.
  if ('tenantId' in db) throw new Error('Send mail in a transaction on shared tables');
  const id = newId();
  const { to, unsubscribe, thread } = request;
  const mail = Mail.parse({ to, unsubscribe, thread, ...(await renderMail(request.template, request.locals)) });
  await insertMail(db, { id, sealed: sealForDeployment(purpose, id, JSON.stringify(mail)) });
  await enqueueJob(db, 'mail.deliver', { mailId: id });
}

/** Throws when the row was altered or belongs to another deployment. */
export function openMail(id: string, sealed: Buffer): Mail {
  return { id, ...Mail.parse(JSON.parse(openForDeployment(purpose, id, sealed))) };
}
