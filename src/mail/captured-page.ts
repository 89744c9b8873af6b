import { BlockList } from 'node:net';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { config } from '../config.js';
import { NotFound } from '../errors.js';
import { knownHosts } from '../http/origin.js';
import { page } from '../http/page.js';
import { asMessage, capturedMails, findCapturedMail } from './captured.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const proxied = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Whether the captured mails may be shown at all: never in production, never beside a real mail server. */
export function mailIsCaptured(): boolean {
  return !config().production && !config().SMTP_URL;
}

/** Pages for `/captured-mail`: what would have been mailed. Anyone not on this machine gets 404. */
export function capturedMailPage(): Router {
  const router = Router();
  router.use(knownHosts(), fromHereOnly);
  router.get('/', async (_request, response) => {
    const mails = (await capturedMails()).map((mail) => ({
      ...mail,
      at: new Date(mail.at),
      paragraphs: paragraphs(mail.text),
    }));
    return page(response, 'emails/captured', { title: 'Captured mail', layout: 'plain', mails });
  });
  router.get('/:id', sendMessage);
  return router;
}

async function sendMessage(request: Request, response: Response): Promise<void> {
  const id = z.uuid().safeParse(request.params.id);
  const mail = id.success ? await findCapturedMail(id.data) : undefined;
  if (!mail) throw new NotFound('There is no such mail.');
  response
    .attachment(`${mail.id}.eml`)
    .type('message/rfc822')
    .send(await asMessage(mail));
}

/** These mails hold links that open accounts: the peer must be this machine, and no proxy that forwards others. */
const fromHereOnly: RequestHandler = (request, _response, next) => {
  const { remoteAddress = '', remoteFamily } = request.socket;
  const near = loopback.check(remoteAddress, remoteFamily === 'IPv6' ? 'ipv6' : 'ipv4');
  const relayed = proxied.some((name) => request.headers[name] !== undefined);
  if (!mailIsCaptured() || !near || relayed) throw new NotFound('There is nothing here.');
  next();
};

interface Part {
  readonly text: string;
  readonly href?: string;
}

/** Paragraphs of lines of pieces, of which some are links. */
function paragraphs(text: string): Part[][][] {
  return text.split(/\n{2,}/).map((paragraph) => paragraph.trim().split('\n').map(textAndLinks));
}

function textAndLinks(line: string): Part[] {
  return line
    .split(/(https?:\/\/\S*[^\s.,;:!?)"'>])/)
    .map((part, i) => (i % 2 === 1 ? { text: part, href: part } : { text: part }));
}
