import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { z } from 'zod';
import { config, varPath } from '../config.js';
import type { Mail } from './outbox.js';

const CapturedMail = z.object({
  id: z.uuid(),
  at: z.iso.datetime(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  unsubscribe: z.string().optional(),
});
export type CapturedMail = z.infer<typeof CapturedMail>;

const kept = 200;

async function folder(): Promise<string> {
  const path = varPath('mails');
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  return path;
}

/** Where mail goes while no mail server is set: a file (mode 0600) in a private folder, the newest 200 of them. */
export async function captureMail({ id, to, subject, text, html, unsubscribe }: Mail): Promise<void> {
  const path = await folder();
  const captured: CapturedMail = { id, at: new Date().toISOString(), to, subject, text, html, unsubscribe };
  const draft = join(path, `${id}.draft`);
  await writeFile(draft, JSON.stringify(captured), { mode: 0o600 });
  await rename(draft, join(path, `${id}.json`));
  const names = await capturedNames(path);
  await Promise.all(names.slice(kept).map((name) => rm(join(path, name), { force: true })));
}

/** Newest first. */
export async function capturedMails(): Promise<CapturedMail[]> {
  const path = await folder();
  const read = await Promise.all((await capturedNames(path)).map((name) => readCaptured(join(path, name))));
  return read.flatMap((mail) => mail ?? []);
}

export async function findCapturedMail(id: string): Promise<CapturedMail | undefined> {
  return readCaptured(join(await folder(), `${id}.json`));
}

/** The mail as a server would have got it, for a mail program to open. */
export async function asMessage({ id, to, subject, text, html, at, unsubscribe }: CapturedMail): Promise<string> {
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true });
  const { hostname } = new URL(config().origin);
  const { message } = await transport.sendMail({
    messageId: `<${id}@${hostname}>`,
    from: config().MAIL_FROM,
    to: { name: '', address: to },
    date: at,
    subject,
    text,
    html,
    ...(unsubscribe ? { list: { unsubscribe } } : {}),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return message.toString();
}

/** Ids are UUID version 7, so that names sort by time. */
async function capturedNames(path: string): Promise<string[]> {
  const names = await readdir(path);
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse();
}

/** Undefined when another process has just removed it. */
async function readCaptured(path: string): Promise<CapturedMail | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : CapturedMail.parse(JSON.parse(text));
}
