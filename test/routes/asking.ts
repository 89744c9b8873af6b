import assert from 'node:assert/strict';
import type { Person } from '../features/accounts/people.js';
import type { Team } from '../features/members/team.js';
import type { Answer } from '../support/visitor.js';

export async function added(
  person: Person,
  team: Team,
  place: string,
  fields: Record<string, string>,
): Promise<string> {
  const answer = await person.submit('/profile', fields, `${team.home}${place}`);
  assert.equal(answer.status, 303, `${place} ${answer.status}`);
  return answer.location.split('/').at(-1) ?? '';
}

/** Posts a form with the token of the person's session; one with a file travels as multipart. */
export async function postForm(person: Person, path: string, form: Form): Promise<Answer> {
  const token = await tokenOf(person);
  if (!form.file) return person.post(path, { ...form.fields, _csrf: token });
  const body = new FormData();
  for (const [name, value] of Object.entries({ ...form.fields, _csrf: token })) body.append(name, value);
  body.append('files', new Blob([form.file]), 'lamps.txt');
  return person.send(path, { method: 'POST', body, headers: { Origin: person.origin } });
}

export const tokens = new WeakMap<Person, { readonly session: string; readonly token: string }>();

/** The token stays the same as long as the session does: asking a page for it each time is most of a walk. */
export async function tokenOf(person: Person): Promise<string> {
  const session = person.cookies.get('session') ?? '';
  const known = tokens.get(person);
  if (known?.session === session) return known.token;
  const token = await person.token('/profile');
  tokens.set(person, { session: person.cookies.get('session') ?? '', token });
  return token;
}

export interface Form {
  readonly fields?: Readonly<Record<string, string>>;
  readonly file?: string;
}
