import { newToken } from '../../../src/vault/tokens.js';
import { appWith, atSecondStep, giveApp, mailedCode, makeStale } from '../../features/accounts/factors.js';
import { addPasskey, enter, register, registering, signingIn } from '../../features/accounts/passkeys/asking.js';
import {
  beginSignUp,
  goodPassword,
  insertPerson,
  newestLink,
  newPerson,
  signIn,
} from '../../features/accounts/people.js';
import { invitationTo } from '../../features/members/invitations/mailbox.js';
import { act } from '../../features/members/team.js';
import { newAuthenticator } from '../../support/authenticator.js';
import { postForm } from '../asking.js';
import { type Act, another, formOf, one, type Ways, world } from './stage.js';

export const accountWays: Ways = {
  '/sign-in': async () => () => signIn(newPerson(world.server), 'bob'),
  '/sign-in/passkey': async () => {
    const passkey = await addPasskey(await another('touching'));
    const person = newPerson(world.server);
    const credential = passkey.get(await signingIn(person));
    return () => enter(person, credential);
  },
  '/profile/logins/google/deletion': () => unlinking('google'),
  '/profile/logins/github/deletion': () => unlinking('github'),
  '/profile/passkeys': async () => {
    const person = await another('making');
    const credential = newAuthenticator(world.server.origin).create(await registering(person));
    return () => register(person, credential);
  },
  '/sign-in/code/entry': async () => {
    const { email } = await world.acme.join('mailed', 'member');
    const person = newPerson(world.server);
    await person.submit('/sign-in/code', { login: 'mailed' });
    const code = await mailedCode(world.server, email);
    return () => person.submit('/sign-in/code/entry', { code });
  },
  '/login/verify/:challenge': async () => {
    const { id } = await world.acme.join('stepper', 'member');
    const app = await giveApp(world.server, id);
    const person = newPerson(world.server);
    const step = await atSecondStep(person, 'stepper');
    return async () => person.submit(step, { proof: 'authenticator', proof_authenticator: await app.code() });
  },
  '/proof': async () => {
    const { id, person } = await world.acme.join('prover', 'member');
    await makeStale(world.server, id);
    return () => postForm(person, '/proof', { fields: { proof: 'password', proof_password: goodPassword } });
  },
  '/profile/authenticator/confirmation': async () => {
    const { id, person } = await world.acme.join('enroller', 'member');
    await person.submit('/profile/authenticator', {});
    const page = (await person.get('/profile/authenticator/confirmation')).text;
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(page)?.[1]?.replaceAll(' ', '') ?? '';
    const code = await appWith(world.server, id, secret).code();
    return () => postForm(person, '/profile/authenticator/confirmation', { fields: { code } });
  },
  '/profile/recovery-codes': async () => {
    const { id, person } = await world.acme.join('keeper', 'member');
    await giveApp(world.server, id);
    return formOf(person, '/profile/recovery-codes');
  },
  '/sign-out': async () => formOf(await another('out'), '/sign-out'),
  '/profile/sessions/deletion': async () => formOf(await another('all'), '/profile/sessions/deletion'),
  '/profile/other-sessions/deletion': async () => {
    const person = await another('others');
    await signIn(newPerson(world.server), 'others');
    return formOf(person, '/profile/other-sessions/deletion');
  },
  '/profile/sessions/:key/deletion': async () => {
    const person = await another('one');
    await signIn(newPerson(world.server), 'one');
    const [key] = /[0-9a-f]{64}/.exec((await person.get('/profile/sessions')).text) ?? [];
    return formOf(person, `/profile/sessions/${key}/deletion`);
  },
  '/recover/:token': async () => {
    const { id } = await world.acme.join('forgetful', 'member');
    const { token, hash } = newToken();
    await world.server.database.admin.query(
      `insert into shared.recoveries (id, reference, account_id, token_hash, address, device, request_id, expires_at)
       values (gen_random_uuid(), 'R-TEST-WAYS', $1, $2, '203.0.113.9', 'Firefox', 'x', now() + interval '1 hour')`,
      [id, hash],
    );
    return () => newPerson(world.server).submit(`/recover/${token}`, { password: 'grey lantern beside two rivers' });
  },
  '/profile/new-email/:token': async () => {
    const { id, person } = await world.acme.join('mover', 'member');
    const { token, hash } = newToken();
    await world.server.database.admin.query(
      `insert into shared.address_changes (id, account_id, email, token_hash, expires_at)
       values (gen_random_uuid(), $1, 'moved@acme.test', $2, now() + interval '1 hour')`,
      [id, hash],
    );
    return formOf(person, `/profile/new-email/${token}`);
  },
  '/profile/password': async () => {
    const person = await another('changer');
    const fields = { current: goodPassword, password: 'grey lantern beside two rivers' };
    return () => postForm(person, '/profile/password', { fields });
  },
  '/profile/data/deletion': async () => {
    const person = await another('goer');
    return () => postForm(person, '/profile/data/deletion', { fields: { typed: 'goer' } });
  },
  '/verify-email/:token': async () => {
    const person = newPerson(world.server);
    await beginSignUp(person, { email: 'zoe@zoo.test', username: 'zoe', workspaceName: 'Zoo' });
    const link = await newestLink(world.server, 'zoe@zoo.test');
    return () => person.submit(link, {});
  },
  '/invitations/:token/acceptance': async () => {
    await insertPerson(world.server, 'known');
    const link = await invite('known@acme.test');
    const person = newPerson(world.server);
    await signIn(person, 'known');
    return formOf(person, `${link}/acceptance`);
  },
  '/invitations/:token/account': async () => {
    const link = await invite('fresh@acme.test');
    return () => newPerson(world.server).submit(link, { username: 'fresh', password: goodPassword }, `${link}/account`);
  },
};

async function unlinking(provider: string): Promise<Act> {
  const { id, person } = await world.acme.join(`by-${provider}`, 'member');
  await one(
    `insert into shared.logins (provider, subject, account_id, label) values ('${provider}', '1', '${id}', 'x') returning 1`,
  );
  return formOf(person, `/profile/logins/${provider}/deletion`);
}

async function invite(email: string): Promise<string> {
  await act(world.acme, world.acme.owner, '/members/invitations', { email, role: 'member' });
  return invitationTo(world.server, email);
}
