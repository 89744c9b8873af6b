import { type Config, config } from '../../../config.js';
import { configuredModels } from '../../../llm/router.js';
import type { Party } from './facts.js';

/** Everybody outside this installation whom something of a workspace may reach, as the operator has set it up. */
export function connectedParties(settings: Config = config()): Party[] {
  const { SMTP_URL, WEB_SEARCH, GOOGLE_CLIENT_ID, GITHUB_CLIENT_ID, EMBEDDER, EMBEDDING_BASE_URL } = settings;
  const models = configuredModels().map(
    ({ id }): Party => ({
      ...{ kind: 'model', name: id, gets: 'Questions, and the passages and results that an agent answers from.' },
    }),
  );
  const host = (url: string | undefined) => (url && URL.canParse(url) ? new URL(url).hostname : 'set up');
  const party = (isOn: unknown, found: Party): Party[] => (isOn ? [found] : []);
  return [
    ...models,
    ...party(EMBEDDER === 'provider', {
      ...{ kind: 'embedding', name: host(EMBEDDING_BASE_URL), gets: 'The text of documents and of questions.' },
    }),
    ...party(WEB_SEARCH, {
      kind: 'search',
      name: WEB_SEARCH ?? '',
      gets: 'The words that an agent searches the web for.',
    }),
    ...party(SMTP_URL, { kind: 'mail', name: host(SMTP_URL), gets: 'Notices, links and codes for members.' }),
    ...party(GOOGLE_CLIENT_ID, { kind: 'login', name: 'Google', gets: 'That somebody signs in here.' }),
    ...party(GITHUB_CLIENT_ID, { kind: 'login', name: 'GitHub', gets: 'That somebody signs in here.' }),
  ];
}
