import { Agent as PlainAgent } from 'node:http';
import { Agent } from 'node:https';
import { projectPath } from '../src/config.js';
import { ask, type Question } from '../test/nginx/ask.js';
import { type Edge, freePort, startEdge } from '../test/nginx/edge.js';
import { enterAsOwner, load } from '../test/nginx/load.js';
import { startReplica } from '../test/nginx/replica.js';
import { openTestDatabase } from '../test/support/database.js';
import { interleave, median, ratio, rounded, type Sample, say } from './support.js';

/**
 * What the edge costs: the same questions to the application alone and through Nginx with TLS and HTTP/1.1, connections
 * kept, in turns; then what is lost when both replicas are replaced under load: `npm run bench:edge`.
 */
const database = await openTestDatabase({ tenants: 1 });
const ports = [await freePort(), await freePort()] as const;
const edge = await startEdge({ upstream: ports, shows: projectPath('public') });
/** One for one, so that the ratio is the edge's alone. */
const single = await startEdge({ upstream: ports[0], shows: projectPath('public') });
const replicas = await Promise.all(ports.map((port) => startReplica(port, edge.origin)));
const session = await enterAsOwner(edge, database);

const agents = { edge: new Agent({ keepAlive: true }), alone: new PlainAgent({ keepAlive: true }) };
const through = (question: Question) => checked(single, { ...question, agent: agents.edge });
/** Past the edge, as the edge would ask: plain, on the application's own port. */
const past = { ...single, http: ports[0] };
const alone = (question: Question) => checked(past, { ...question, agent: agents.alone, plain: true });

const kinds: Readonly<Record<string, Question>> = {
  'a page, signed in': { path: `${session.home}/agents`, headers: session.headers },
  'a page, signed out': { path: '/sign-in', headers: { accept: 'text/html' } },
  'nearly nothing: /health': { path: '/health' },
  'a file of 5 kB': { path: '/css/forms.css' },
};
const rows: Record<string, string | number>[] = [];
for (const [kind, question] of Object.entries(kinds)) {
  const samples = await interleave(
    { alone: () => alone(question), edge: () => through(question) },
    { rounds: 7, lanes: 8, ms: 1000 },
  );
  rows.push(rowOf(kind, samples));
}
say('Through Nginx over the application alone, 8 at once', rows);
await replaceAll();

for (const agent of Object.values(agents)) agent.destroy();
await Promise.all(replicas.map((replica) => replica.stop()));
await Promise.all([edge.stop(), single.stop()]);
await database.close();

async function checked(place: Edge, question: Question): Promise<void> {
  const { status } = await ask(place, question);
  if (status !== 200) throw new Error(`${question.path} answered ${status}`);
}

function rowOf(kind: string, samples: Record<string, Sample[]>) {
  const middle = (of: string, figure: keyof Sample) => median((samples[of] ?? []).map((sample) => sample[figure]));
  const times = (figure: keyof Sample) => rounded(ratio(samples, { of: 'edge', to: 'alone', figure }));
  return {
    'what is asked for': kind,
    'alone, a second': rounded(middle('alone', 'rate'), 0),
    'edge, a second': rounded(middle('edge', 'rate'), 0),
    'rate, times': times('rate'),
    'alone p99 ms': rounded(middle('alone', 'p99'), 1),
    'edge p99 ms': rounded(middle('edge', 'p99'), 1),
    'p99, times': times('p99'),
  };
}

async function replaceAll(): Promise<void> {
  const busy = load(session);
  const started = performance.now();
  for (const replica of replicas) {
    await replica.replace();
    // Nginx asks a replica again a second after it was refused.
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  const seconds = rounded((performance.now() - started) / 1000, 1);
  await busy.stop();
  const { asked, written } = busy.counts;
  say('Both replicas replaced under load', [{ seconds, requests: asked, forms: written, lost: busy.wrong.length }]);
}
