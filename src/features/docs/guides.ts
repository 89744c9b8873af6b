export const readers = {
  members: 'For members',
  admins: 'For admins',
  operators: 'For operators',
  developers: 'For developers and reviewers',
} as const;
export type Reader = keyof typeof readers;

export interface Guide {
  readonly slug: string;
  readonly title: string;
  /** What its reader gets from it, in a sentence. */
  readonly summary: string;
  readonly reader: Reader;
}

const guide = (reader: Reader, slug: string, title: string, summary: string): Guide => ({
  reader,
  slug,
  title,
  summary,
});

/** In the order in which they are read; each is `views/docs/guides/<slug>.ejs`. */
export const guides: readonly Guide[] = [
  guide(
    'members',
    'first-hour',
    'Your first hour',
    'From the invitation to an answer that you can check, and where everything is.',
  ),
  guide(
    'members',
    'signing-in',
    'Signing in and staying signed in',
    'Every way in, second factors, recovery codes, and what to do when a device is lost.',
  ),
  guide('members', 'decisions', 'What waits for you', 'Why an agent stops and asks, and how to answer it well.'),
  guide(
    'admins',
    'people-and-roles',
    'People, roles and groups',
    'Inviting people, what each role may do, roles of your own, and what happens when somebody leaves.',
  ),
  guide(
    'admins',
    'sign-in-rules',
    'What a workspace may demand of sign-ins',
    'Second factors, forbidden ways in, shorter idle times, and how people are warned before it counts.',
  ),
  guide(
    'admins',
    'what-agents-may-do',
    'What agents may do',
    'Every tool, what comes of it, and the rules that decide when a person is asked.',
  ),
  guide(
    'admins',
    'knowledge',
    'Knowledge',
    'Which files can be read and how large, who may find a document, and what is kept of it.',
  ),
  guide('admins', 'audit', 'Activity', 'What is written down, who can read it, and why nobody can change it.'),
  guide(
    'operators',
    'installing',
    'From a clean Debian to TLS',
    'Database, program, services, Nginx, certificate, firewall and the first account, step by step.',
  ),
  guide(
    'operators',
    'running',
    'Running it',
    'Backups and restoring them, upgrades, workspaces and trials, mail, health and logs.',
  ),
  guide(
    'operators',
    'configuration',
    'Configuration',
    'Every variable, what it is when it is not set, and what it does.',
  ),
  guide(
    'developers',
    'isolation',
    'How isolation works',
    'Schemas, roles, keys: what keeps one workspace out of another, and what is known and accepted.',
  ),
  guide(
    'developers',
    'authentication',
    'Authentication design',
    'Guessing, passwords, ways in and their strength, lost factors, session times and why they are what they are.',
  ),
  guide(
    'developers',
    'authorization',
    'Authorization design',
    'Roles and permissions, every route with who may open it, and who may read and write which field.',
  ),
  guide(
    'developers',
    'what-is-stored',
    'What is stored',
    'Every column of a workspace in its form, what the installation keeps beside it, and what is never kept.',
  ),
  guide(
    'developers',
    'input',
    'Input and limits',
    'What each kind of value may look like, what must fit together, how often things may be done, and what is costly.',
  ),
  guide(
    'developers',
    'cryptography',
    'Cryptography and keys',
    'Every use of cryptography in the program, the libraries for it, and each key from its making to its end.',
  ),
  guide(
    'developers',
    'components',
    'Components, calls and logs',
    'How soon weak and old libraries are replaced, which servers are called, and where the log goes.',
  ),
];

export function findGuide(slug: string): Guide | undefined {
  return guides.find((known) => known.slug === slug);
}

/** Those before and after it, whoever reads them. */
export function neighboursOf({ slug }: Guide): {
  readonly previous?: Guide | undefined;
  readonly next?: Guide | undefined;
} {
  const at = guides.findIndex((known) => known.slug === slug);
  return { previous: guides[at - 1], next: guides[at + 1] };
}

export const guidesByReader = Object.entries(readers).map(([reader, heading]) => ({
  reader,
  heading,
  guides: guides.filter((known) => known.reader === reader),
}));
