import assert from 'node:assert/strict';
import type { TestServer } from '../../../support/server.js';
import { mailsTo } from '../../accounts/people.js';

/** The path of the newest invitation that was mailed to this address. */
export async function invitationTo(server: TestServer, email: string): Promise<string> {
  const mails = (await mailsTo(server, email)).filter(({ text }) => text.includes('/invitations/'));
  const link = /\/invitations\/[\w-]{43}/.exec(mails.at(-1)?.text ?? '')?.[0];
  assert.ok(link, `no invitation was mailed to ${email}`);
  return link;
}
