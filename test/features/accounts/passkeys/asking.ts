import assert from 'node:assert/strict';
import { type Authenticator, newAuthenticator, type Quirks } from '../../../support/authenticator.js';
import type { Answer } from '../../../support/visitor.js';
import type { Person } from '../people.js';

/** What the page's script asks for before it turns to the authenticator; `page` has the form's token. */
export async function askedOf(person: Person, path: string, page = '/profile/passkeys/new'): Promise<unknown> {
  const token = await person.token(page);
  const answer = await person.post(path, {}, { 'csrf-token': token, accept: 'application/json' });
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text);
}

export const registering = (person: Person) => askedOf(person, '/profile/passkeys/challenge');
export const signingIn = (person: Person) => askedOf(person, '/sign-in/passkey/challenge', '/sign-in');

export function register(person: Person, credential: string, name = 'Laptop'): Promise<Answer> {
  return person.submit('/profile/passkeys/new', { name, credential }, '/profile/passkeys');
}

export function enter(person: Person, credential: string, next = ''): Promise<Answer> {
  return person.submit('/sign-in', { credential, next }, '/sign-in/passkey');
}

/** Gives a signed-in person a passkey. */
export async function addPasskey(person: Person, quirks: Quirks = {}): Promise<Authenticator> {
  const passkey = newAuthenticator(person.origin);
  const answer = await register(person, passkey.create(await registering(person), quirks));
  assert.equal(answer.location, '/profile/security', answer.text);
  return passkey;
}
