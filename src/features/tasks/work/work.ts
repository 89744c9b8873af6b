/**
 * How far an agent is with a task that was given to it. `asking`: a person has to decide before it goes on.
 * `unapproved`: it is over, and not all that it asked for was allowed.
 */
export const states = [
  'queued',
  'working',
  'asking',
  'done',
  'unapproved',
  'failed',
  'interrupted',
  'stopped',
] as const;
export type State = (typeof states)[number];

export const stateWords: Readonly<Record<State, string>> = {
  queued: 'Will begin',
  working: 'Working on it',
  asking: 'Waiting for approval',
  done: 'Finished',
  unapproved: 'Not all approved',
  failed: 'Could not finish',
  interrupted: 'Interrupted',
  stopped: 'Stopped',
};

export const isOpen = (state: State): boolean => state === 'queued' || state === 'working' || state === 'asking';

export interface Work {
  readonly id: string;
  readonly taskId: string;
  readonly agentId: string;
  readonly agentName: string;
  /** Who gave the task to it: it acts with this person's rights. */
  readonly accountId: string;
  readonly accountName: string;
  /** Agents through whose hands the task came to it, the first one first. */
  readonly chain: readonly string[];
  readonly state: State;
  /** Why it ended otherwise than done; in the product's own words. */
  readonly reason: string | null;
  readonly conversationId: string | null;
  /** The answer that is being written, or was last. */
  readonly messageId: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** So often a task, or what came of it, is handed on by agents among themselves; after that a person has to. */
export const mostHands = 2;

/** Through whose hands it would come. Undefined when an agent may not hand it on to this one. */
export function handedOn(from: Pick<Work, 'chain' | 'agentId'> | undefined, to: string): readonly string[] | undefined {
  const chain = from ? [...from.chain, from.agentId] : [];
  return chain.length > mostHands || chain.includes(to) ? undefined : chain;
}
