import { type ChildProcess, fork } from 'node:child_process';
import { projectPath } from '../../src/config.js';
import { parseAddress } from '../../src/database/address.js';
import { closeDatabases, openDatabases } from '../../src/database/shared.js';
import { limit } from '../../src/http/rate-limit.js';
import { type Feature, feature } from '../../src/http/route.js';
import { startServer } from '../../src/http/server-lifecycle.js';
import { sessionStores } from '../../src/http/session-store.js';
import { deploymentKey } from '../../src/vault/deployment.js';
import { origin, testApp } from './harness.js';
import { signInFeature } from './sign-in.js';

/** What both replicas serve: signing in, and routes with limits. */
export function limitedFeature(): Feature {
  const routes = feature('/limited');
  const done = (_request: unknown, response: { send(text: string): unknown }) => void response.send('done');
  routes.get('/address', 'public', limit({ name: 'by-address', max: 5, seconds: 60, by: 'address' }), done);
  routes.get('/account', 'account', limit({ name: 'by-account', max: 2, seconds: 60, by: 'account' }), done);
  const byName = limit({
    name: 'by-name',
    max: 2,
    seconds: 3600,
    by: (request) => request.body.name,
    message: 'Wait.',
  });
  routes.post('/name', 'public', byName, done);
  return routes;
}

export function replicaApp() {
  return testApp({ features: [signInFeature(), limitedFeature()], stores: sessionStores(), trustProxy: ['127.0.0.1'] });
}

/** Another process of the product on the same database. */
export async function startReplica(): Promise<{ port: number; stop(): Promise<void> }> {
  const child = fork(projectPath('dist', 'test', 'http', 'replica.js'), ['serve'], { stdio: 'inherit' });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message)));
    child.once('exit', (code) => reject(new Error(`The replica ended with ${code}`)));
  });
  return { port, stop: () => stop(child) };
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.disconnect();
  });
}

if (process.argv[2] === 'serve') {
  const address = parseAddress(process.env.DATABASE_URL ?? '');
  openDatabases({ address, secret: deploymentKey('database'), shards: 1, perShard: 1 });
  const server = await startServer(replicaApp(), { host: '127.0.0.1', port: 0, origin });
  process.send?.(server.port);
  process.once('disconnect', () => void server.stop().then(closeDatabases));
}
