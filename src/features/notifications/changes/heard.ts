import { onPublished, onRevived } from '../../../database/shared.js';
import { decisionTopic } from '../../decisions/topic.js';
import { changeTopic, heardIn, markKind } from './change.js';
import { type Entry, newLog } from './log.js';

/** `gap`: what was said meanwhile is not known. */
type Listener = (news: Entry | 'gap') => void;

const log = newLog();
const listeners = new Map<string, Set<Listener>>();

onPublished(changeTopic, (notice) => {
  const [tenantId = '', kind, id = ''] = notice.split(' ');
  if (kind === markKind) log.mark(tenantId, id);
  const heard = heardIn(notice);
  if (heard) tell(heard.tenantId, log.hear(heard));
});

onPublished(decisionTopic, (notice) => {
  const [tenantId = '', id = '', mark] = notice.split(' ');
  if (mark) log.mark(tenantId, mark);
  tell(tenantId, log.hear({ tenantId, kind: 'decision', id, accountId: undefined }));
});

onRevived(() => {
  log.forgetAll();
  for (const tenantId of listeners.keys()) tell(tenantId, 'gap');
});

function tell(tenantId: string, news: Entry | 'gap'): void {
  for (const listener of listeners.get(tenantId) ?? []) listener(news);
}

export const { position, after, since } = log;

/** Answers how to stop. */
export function onHeard(tenantId: string, listener: Listener): () => void {
  const known = listeners.get(tenantId) ?? new Set();
  listeners.set(tenantId, known.add(listener));
  return () => {
    known.delete(listener);
    if (known.size === 0 && listeners.get(tenantId) === known) listeners.delete(tenantId);
  };
}
