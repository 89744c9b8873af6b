import type { TenantDatabase } from '../../database/database.js';
import { shared } from '../../database/shared.js';
import { namesIn } from '../../http/mentions.js';
import type { TenantContext } from '../../tenancy/context.js';
import type { Subject } from './notification.js';
import { notify } from './notify.js';
import { listMembersNamed } from './queries.js';

export interface Person {
  readonly accountId: string;
  readonly username: string;
}

/** Account ids of those whom `@username` in this Markdown names. Not in code, not in links, never a part of a name. */
export function mentionedIn(text: string, people: readonly Person[]): string[] {
  const meant = new Set(namesIn(text, new Set(people.map(({ username }) => username.toLowerCase()))));
  return people.filter(({ username }) => meant.has(username.toLowerCase())).map(({ accountId }) => accountId);
}

interface Mentioning {
  readonly text: string;
  /** As it was: who stood there already is not told again. */
  readonly before?: string;
  readonly subject: Subject;
  readonly title: string;
  readonly path: string;
  /** Account ids. Without it, every member is told; pass it for what not everybody may see. */
  readonly maySee?: readonly string[];
}

/** Tells current members that somebody names them. Returns the account ids of those that are newly named. */
export async function notifyMentions(db: TenantDatabase, context: TenantContext, said: Mentioning): Promise<string[]> {
  const { text, before = '', maySee, ...about } = said;
  const names = namesIn(text);
  if (names.length === 0) return [];
  const people = await listMembersNamed(shared(), context.tenant.id, names);
  const known = new Set(mentionedIn(before, people));
  const to = mentionedIn(text, people).filter((id) => !known.has(id) && (maySee?.includes(id) ?? true));
  await notify(db, context, { ...about, to, kind: 'mention' });
  return to;
}

/** For renderMarkdown: members named in these texts, by username, with what they are called. */
export async function mentionsOf(
  context: TenantContext,
  texts: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const names = [...new Set(texts.flatMap((text) => namesIn(text)))];
  if (names.length === 0) return new Map();
  const people = await listMembersNamed(shared(), context.tenant.id, names);
  return new Map(people.map(({ username, name }) => [username, name]));
}
