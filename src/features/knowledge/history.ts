import type { DocumentPage } from './reader.js';

type Entry = DocumentPage['history'][number];

const words: Readonly<Record<string, string>> = {
  'document.uploaded': 'Added',
  'document.replaced': 'New version begun',
  'document.read': 'Read to its text',
  'document.indexed': 'Passages indexed',
  'document.ready': 'Ready, found by meaning too',
  'document.failed': 'Failed',
  'document.reindexed': 'Indexed again',
  'document.access-changed': 'Access changed',
  'document.comparison-forgotten': 'Old words of the comparison deleted',
  'document.deleted': 'Deleted',
  'document.dismissed': 'Put away',
};

const facts: Readonly<Record<string, (value: string) => string>> = {
  source: (value) =>
    `from ${{ upload: 'an upload', paste: 'text', address: 'an address', sample: 'the sample' }[value] ?? value}`,
  host: (value) => value,
  version: (value) => `version ${value}`,
  chunks: (value) => `passages: ${value}`,
  pages: (value) => `pages: ${value}`,
  sections: (value) => `sections: ${value}`,
  stage: (value) => `while ${value}`,
  embeddings: (value) => (value === 'none' ? 'by words alone' : `vectors: ${value}`),
};

/** Which names stand for roles and agents in the facts about access. */
export interface Named {
  readonly role: (id: string) => string;
  readonly agent: (id: string) => string;
}

/** One line of a document's history. Of an upload it says that, and so when, its file was deleted (KB-3). */
export function shownEntry({ id, at, event, outcome, actorName, details }: Entry, named: Named) {
  const told = Object.entries(details).flatMap(([name, value]) => {
    const word = facts[name];
    return word && value !== null && value !== undefined ? [word(String(value))] : [];
  });
  return {
    id,
    at,
    what: `${words[event] ?? event}${outcome === 'failed' && event !== 'document.failed' ? ', failed' : ''}`,
    uploadDeleted: details.uploadDeleted === true,
    actorName,
    facts: [...told, ...accessFacts(details, named)],
  };
}

function accessFacts({ access, agents }: Entry['details'], { role, agent }: Named): string[] {
  const list = (given: unknown, everybody: string, name: (id: string) => string) => {
    if (typeof given !== 'string') return [];
    return [
      given === everybody
        ? `for ${given === 'every' ? 'every agent' : given}`
        : `for ${given.split(' ').map(name).join(', ')}`,
    ];
  };
  const people = access === 'managers only' ? ['for managers only'] : list(access, 'everyone', role);
  return [...people, ...(agents === 'none' ? ['for no agent'] : list(agents, 'every', agent))];
}
