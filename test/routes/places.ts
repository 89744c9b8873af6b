/** What the names in addresses can stand for. */
export type Kind =
  | 'workspace'
  | 'conversation'
  | 'message'
  | 'question'
  | 'file'
  | 'agent'
  | 'version'
  | 'document'
  | 'gap'
  | 'decision'
  | 'notification'
  | 'task'
  | 'label'
  | 'comment'
  | 'space'
  | 'page'
  | 'account'
  | 'invitation'
  | 'event'
  | 'deletion'
  | 'session'
  | 'report token'
  | 'report'
  | 'report attachment'
  | 'report template'
  | 'invitation token'
  | 'sign-up token'
  | 'tenant'
  | 'role'
  | 'group'
  | 'recovery token'
  | 'passkey'
  | 'challenge'
  | 'address token'
  | 'calendar event'
  | 'self-test'
  | 'guide'
  | 'incident'
  | 'grant'
  | 'granted page'
  | 'departed'
  | 'unsubscription'
  | 'export';

export type Names = Readonly<Record<Kind, string>>;

const places: Readonly<Record<string, Kind>> = {
  'self-tests/:id': 'self-test',
  'events/:id': 'calendar event',
  'incidents/:id': 'incident',
  'access/:id': 'grant',
  'pages/:granted': 'granted page',
  'departures/:departed': 'departed',
  'unsubscribe/:token': 'unsubscription',
  'export/:export': 'export',
  'docs/:guide': 'guide',
  'w/:workspace': 'workspace',
  'conversations/:id': 'conversation',
  'messages/:message': 'message',
  'questions/:question': 'question',
  'files/:file': 'file',
  'agents/:id': 'agent',
  'versions/:version': 'version',
  'knowledge/:id': 'document',
  'gaps/:gap': 'gap',
  'inbox/:id': 'decision',
  'notifications/:id': 'notification',
  'tasks/:id': 'task',
  'labels/:label': 'label',
  'comments/:comment': 'comment',
  'spaces/:id': 'space',
  'pages/:id': 'page',
  'people/:account': 'account',
  'members/:id': 'account',
  'members/:account': 'account',
  'sharing/:account': 'account',
  'roles/:id': 'role',
  'groups/:id': 'group',
  'invitations/:id': 'invitation',
  'audit/:id': 'event',
  'deletions/:id': 'deletion',
  'tenants/:tenant': 'tenant',
  'accounts/:id': 'account',
  'sessions/:key': 'session',
  'invitations/:token': 'invitation token',
  'reports/:token': 'report token',
  'reports/:reference': 'report',
  'attachments/:attachment': 'report attachment',
  'templates/:template': 'report template',
  'verify-email/:token': 'sign-up token',
  'recover/:token': 'recovery token',
  'passkeys/:id': 'passkey',
  'verify/:challenge': 'challenge',
  'new-email/:token': 'address token',
};

/** Which kinds a route's address names. Throws for one that this file has not heard of: add it, and something real. */
export function kindsIn(path: string): Kind[] {
  return [...path.matchAll(/([\w-]+)\/(:\w+)/g)].map(([place]) => {
    const kind = places[place];
    if (!kind) throw new Error(`test/routes/places.ts does not know what ${place} in ${path} is`);
    return kind;
  });
}

export function addressOf(path: string, names: Names): string {
  return path.replace(/([\w-]+)\/(:\w+)/g, (place, word) => `${word}/${names[places[place] ?? 'workspace']}`);
}
