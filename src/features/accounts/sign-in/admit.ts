import type { Request, Response } from 'express';
import { config } from '../../../config.js';
import { sharedTransaction } from '../../../database/shared.js';
import { addressOf } from '../../../http/address.js';
import { signIn } from '../../../http/session.js';
import { localsOf } from '../../../http/types.js';
import { sendMail } from '../../../mail/outbox.js';
import type { Account, Origin } from '../account.js';
import { announce } from '../announce.js';
import { deviceName, markDevice } from './device.js';
import { rememberDevice } from './queries.js';

export function originOf(request: Request, response: Response): Origin {
  const device = deviceName(request.get('user-agent') ?? '');
  return { requestId: localsOf(response).requestId, address: addressOf(request), device };
}

/**
 * Gives a session to somebody who has proven who they are, by whichever door. First it is written down in their
 * workspaces and, from a browser not seen before, told to them by mail: without that there is no session. Answers the
 * hash by which this browser is known from now on.
 */
export async function admit(
  request: Request,
  response: Response,
  account: Account,
  methods: string[] = ['password'],
): Promise<Buffer> {
  const device = markDevice(request, response);
  const newDevice = await sharedTransaction(async (db) => {
    const { isNew } = await rememberDevice(db, account.id, device);
    if (!isNew) return false;
    await sendMail(db, {
      to: account.email,
      template: 'new-device-sign-in',
      locals: {
        when: new Date(),
        device: deviceName(request.get('user-agent') ?? ''),
        address: addressOf(request),
        link: `${config().origin}/profile/sessions`,
      },
    });
    return true;
  });
  await announce(account, originOf(request, response), {
    event: 'account.signed-in',
    details: { newDevice, methods: methods.join(' ') },
  });
  await signIn(request, account, methods);
  return device;
}
