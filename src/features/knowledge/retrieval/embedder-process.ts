import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TooManyRequests, UpstreamFailed } from '../../../errors.js';
import type { EmbedReply, EmbedRequest } from './embedder-messages.js';

const maxWaiting = 256;
/** A request that children died of this often is given up. */
const maxTries = 3;
/** A child that answers nothing for so long is ended and started again. */
const stallMs = 60_000;

export interface EmbedderProcess {
  ask(texts: EmbedRequest['texts'], urgent: boolean): Promise<Float32Array>;
  /** Ends the child; a later request starts another. */
  close(): Promise<void>;
  /** Of the child that runs now. */
  pid(): number | undefined;
}

interface Waiting {
  readonly request: EmbedRequest;
  readonly resolve: (vectors: Float32Array) => void;
  readonly reject: (reason: Error) => void;
  tries: number;
}

interface State {
  readonly folder: string;
  readonly idleMs: number;
  readonly waiting: Map<number, Waiting>;
  child?: ChildProcess | undefined;
  alarm?: NodeJS.Timeout;
  count: number;
}

/** The embedding child: started by the first request, again when it dies, ended when nobody asked for `idleMs`. */
export function embedderProcess(options: { folder: string; idleMs: number }): EmbedderProcess {
  const state: State = { ...options, waiting: new Map(), count: 0 };
  return {
    ask: (texts, urgent) => ask(state, texts, urgent),
    close: () => close(state),
    pid: () => state.child?.pid,
  };
}

function ask(state: State, texts: EmbedRequest['texts'], urgent: boolean): Promise<Float32Array> {
  if (state.waiting.size >= maxWaiting) {
    return Promise.reject(new TooManyRequests('Too much is being indexed. Try again in a moment.', 10));
  }
  return new Promise((resolve, reject) => {
    const one: Waiting = { request: { id: state.count++, urgent, texts }, resolve, reject, tries: 0 };
    state.waiting.set(one.request.id, one);
    state.child ??= start(state);
    send(state.child, one);
    watch(state);
  });
}

function start(state: State): ChildProcess {
  const entry = fileURLToPath(new URL('./embedder-child.js', import.meta.url));
  // No environment: the child needs none of the server's secrets.
  const child = fork(entry, [state.folder], {
    env: {},
    execArgv: ['--max-old-space-size=256'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.on('message', (reply: EmbedReply) => receive(state, child, reply));
  // Either comes when it could not be started; whichever is second finds nothing to do.
  child.on('error', () => gone(state, child));
  child.on('exit', () => gone(state, child));
  return child;
}

function send(child: ChildProcess, one: Waiting): void {
  one.tries++;
  // A failure to send ends in 'exit', which sends again.
  child.send(one.request, () => {});
}

function receive(state: State, child: ChildProcess, reply: EmbedReply): void {
  if ('unusable' in reply) {
    if (state.child === child) state.child = undefined;
    failAll(state, new UpstreamFailed('The offline embedder does not work here.', { cause: reply.unusable }));
  } else {
    const one = state.waiting.get(reply.id);
    state.waiting.delete(reply.id);
    if ('vectors' in reply) one?.resolve(reply.vectors);
    else one?.reject(new UpstreamFailed('The text could not be embedded. Try again.', { cause: reply.failed }));
  }
  watch(state);
}

/** The child is dead: what it had not answered goes to another. */
function gone(state: State, child: ChildProcess): void {
  if (state.child !== child) return;
  state.child = undefined;
  for (const [id, { tries, reject }] of state.waiting) {
    if (tries < maxTries) continue;
    state.waiting.delete(id);
    reject(new UpstreamFailed('The embedding process keeps ending.'));
  }
  if (state.waiting.size > 0) {
    const next = start(state);
    state.child = next;
    for (const one of state.waiting.values()) send(next, one);
  }
  watch(state);
}

function failAll(state: State, reason: Error): void {
  for (const { reject } of state.waiting.values()) reject(reason);
  state.waiting.clear();
}

/** Only a child with something to do keeps this process alive. */
function watch(state: State): void {
  clearTimeout(state.alarm);
  const { child } = state;
  if (!child) return;
  const busy = state.waiting.size > 0;
  for (const handle of [child, child.channel]) {
    if (busy) handle?.ref();
    else handle?.unref();
  }
  state.alarm = setTimeout(() => (busy ? child.kill('SIGKILL') : retire(state, child)), busy ? stallMs : state.idleMs);
  state.alarm.unref();
}

/** Cut off from its parent, the child ends by itself. */
function retire(state: State, child: ChildProcess): void {
  state.child = undefined;
  child.disconnect();
}

async function close(state: State): Promise<void> {
  const { child } = state;
  state.child = undefined;
  clearTimeout(state.alarm);
  failAll(state, new UpstreamFailed('The server is stopping.'));
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.ref();
  child.kill('SIGKILL');
  await ended;
}
