import { workerData } from 'node:worker_threads';

/**
 * A thread of the child. When the parent is killed, a child that waits ends by itself because its input closes; one that
 * is stuck in a parser would run on for ever, and only another thread can still end it.
 */
setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
}, 1000);
