import { once } from 'node:events';
import { connect } from 'node:tls';
import { ask, type Question } from './ask.js';
import { type Edge, host } from './edge.js';

/** Of the certificate that somebody is shown who comes now. */
export async function serialServed({ https, ca }: Edge): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: https, ca, servername: host });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.serialNumber ?? '';
  } finally {
    socket.destroy();
  }
}

/** Who reads and writes all the time, and one who follows a stream from beginning to end. */
export function visitors(edge: Edge) {
  const wrong: string[] = [];
  let asked = 0;
  let going = true;
  const one = async (question: Question, fits: (body: string) => boolean = () => true) => {
    const heard = await ask(edge, question).then(
      ({ status, body }) => (status === 200 && fits(body) ? '' : `${status} ${body.slice(0, 80)}`),
      (error: Error) => error.message,
    );
    asked += 1;
    if (heard) wrong.push(`${question.method ?? 'GET'} ${question.path}: ${heard}`);
  };
  const lane = async (question: Question) => {
    while (going) await one(question);
  };
  const stream = one({ path: '/stream' }, (body) => body.includes('event: first') && body.includes('event: second'));
  const write = { path: '/written', method: 'POST', body: 'x'.repeat(4000) };
  const lanes = [lane({ path: '/read' }), lane({ path: '/read' }), lane(write)];
  return {
    /** Until each lane has come round several times. */
    async busy() {
      const enough = asked + 50;
      while (asked < enough && wrong.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    },
    async stop() {
      going = false;
      await Promise.all([stream, ...lanes]);
      return { asked, wrong };
    },
  };
}
