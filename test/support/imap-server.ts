import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createPlainServer } from 'node:net';
import { createServer, type Server, TLSSocket } from 'node:tls';
import type { Certificate } from './certificate.js';

interface Kept {
  readonly uid: number;
  readonly source: Buffer;
  readonly flags: Set<string>;
  /** What the server says that it weighs. */
  readonly size?: number;
}

/** How the server treats the next mail that is fetched. */
export type Mood =
  | 'kind'
  | 'drip'
  | 'garbage'
  | 'huge literal'
  | 'endless line'
  | 'disconnect in the middle'
  | 'disconnect before the flag';

export interface ImapServer {
  readonly url: string;
  readonly mails: Kept[];
  /** Every command that came, without its tag. */
  readonly commands: string[];
  uidValidity: number;
  mood: Mood;
  deliver(source: string | Buffer, size?: number): number;
  drop(): void;
  close(): Promise<void>;
}

const password = 'open sesame';

/**
 * A mail server of the world outside, as far as a reader of one mailbox meets it (RFC 3501, RFC 9051, RFC 2177), on the
 * wire and over TLS; and one that is broken or hostile when it is told to.
 */
export async function openImapServer(certificate: Certificate, { starttls = false } = {}): Promise<ImapServer> {
  const sockets = new Set<Socket>();
  const secrets = { cert: certificate.certificate, key: certificate.key };
  const server: Server | ReturnType<typeof createPlainServer> = starttls
    ? createPlainServer((socket) => serve(socket))
    : createServer(secrets, (socket) => serve(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = `localhost:${port}/INBOX?ca=${encodeURIComponent(certificate.certificateFile)}`;
  const idling = new Set<Socket>();
  /** How many mails each connection was told of. */
  const told = new Map<Socket, number>();
  const tell = (socket: Socket) => {
    if (told.get(socket) === state.mails.length) return;
    told.set(socket, state.mails.length);
    socket.write(`* ${state.mails.length} EXISTS\r\n`);
  };
  const state: ImapServer = {
    url: `${starttls ? 'imap' : 'imaps'}://security:${encodeURIComponent(password)}@${address}`,
    ...{ mails: [], commands: [], uidValidity: 7, mood: 'kind' },
    deliver(source, size) {
      const uid = (state.mails.at(-1)?.uid ?? 0) + 1;
      state.mails.push({ uid, source: Buffer.from(source), flags: new Set(), ...(size === undefined ? {} : { size }) });
      for (const socket of idling) tell(socket);
      return uid;
    },
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      state.drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  function serve(socket: Socket, greet = true): void {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      idling.delete(socket);
    });
    socket.on('error', () => {});
    if (greet) socket.write('* OK here\r\n');
    let left = '';
    socket.on('data', (chunk) => {
      left += chunk.toString('latin1');
      for (let end = left.indexOf('\r\n'); end !== -1; end = left.indexOf('\r\n')) {
        const line = left.slice(0, end);
        left = left.slice(end + 2);
        answer(socket, line);
      }
    });
  }

  let idleTag = '';
  function answer(socket: Socket, line: string): unknown {
    if (line.toUpperCase() === 'DONE') {
      idling.delete(socket);
      return socket.write(`${idleTag} OK\r\n`);
    }
    const [tag = '', ...words] = line.split(' ');
    const command = words.join(' ');
    state.commands.push(command);
    const ok = (...untagged: readonly string[]) =>
      socket.write([...untagged.map((each) => `* ${each}`), `${tag} OK done`, ''].join('\r\n'));
    const name = words[0]?.toUpperCase() === 'UID' ? `UID ${words[1]?.toUpperCase()}` : words[0]?.toUpperCase();
    const open = socket instanceof TLSSocket;
    if (name === 'STARTTLS') return upgrade(socket, tag);
    if (name === 'CAPABILITY') return ok(`CAPABILITY IMAP4rev1 IDLE${open ? '' : ' STARTTLS LOGINDISABLED'}`);
    if (name === 'LOGIN')
      return socket.write(`${tag} ${isRight(command) ? 'OK' : 'NO'} [CAPABILITY IMAP4rev1 IDLE]\r\n`);
    if (name === 'SELECT') {
      told.set(socket, state.mails.length);
      return ok(...selected());
    }
    if (name === 'UID SEARCH') return ok(['SEARCH', ...searched(command)].join(' '));
    if (name === 'UID STORE') return stored(socket, command, ok);
    if (name === 'UID FETCH') return fetched(socket, tag, command);
    if (name === 'LIST' || name === 'LSUB') return ok(`${name} () "/" "INBOX"`);
    if (name === 'LOGOUT') return socket.end(`* BYE\r\n${tag} OK\r\n`);
    if (name !== 'IDLE') return ok();
    idleTag = tag;
    idling.add(socket);
    socket.write('+ idling\r\n');
    return tell(socket);
  }

  function upgrade(socket: Socket, tag: string): void {
    socket.removeAllListeners('data');
    socket.write(`${tag} OK begin\r\n`);
    serve(new TLSSocket(socket, { ...secrets, isServer: true }), false);
  }

  const isRight = (command: string) => command.includes(password);
  const selected = () => [
    'FLAGS (\\Seen)',
    'OK [PERMANENTFLAGS (\\Seen)] x',
    `${state.mails.length} EXISTS`,
    `OK [UIDVALIDITY ${state.uidValidity}] x`,
    `OK [UIDNEXT ${(state.mails.at(-1)?.uid ?? 0) + 1}] x`,
  ];
  function searched(command: string): number[] {
    const from = Number(/UID (\d+):\*/i.exec(command)?.[1] ?? 0);
    if (from > 0)
      return state.mails.filter(({ uid }, at) => uid >= from || at === state.mails.length - 1).map(({ uid }) => uid);
    return state.mails.filter(({ flags }) => !flags.has('\\Seen')).map(({ uid }) => uid);
  }

  const mailOf = (command: string) => state.mails.find(({ uid }) => uid === Number(command.split(' ')[2]));

  function stored(socket: Socket, command: string, ok: () => unknown): unknown {
    if (state.mood === 'disconnect before the flag') return socket.destroy();
    mailOf(command)?.flags.add('\\Seen');
    return ok();
  }

  function fetched(socket: Socket, tag: string, command: string): unknown {
    const mail = mailOf(command);
    const head = mail && `* ${state.mails.indexOf(mail) + 1} FETCH (UID ${mail.uid}`;
    if (!mail) return socket.write(`${tag} OK done\r\n`);
    if (!/BODY/i.test(command)) {
      return socket.write(`${head} RFC822.SIZE ${mail.size ?? mail.source.length})\r\n${tag} OK done\r\n`);
    }
    const most = Number(/<0\.(\d+)>/.exec(command)?.[1] ?? mail.source.length);
    const body = mail.source.subarray(0, most);
    const partial = /<0\.\d+>/.test(command) ? '<0>' : '';
    const begin = (length: number) => `${head} BODY[]${partial} {${length}}\r\n`;
    const end = `)\r\n${tag} OK done\r\n`;
    const { mood } = state;
    if (mood === 'garbage') return socket.write('\0\xff* * ((( {{{ NIL "\r\n)) BODY[ {x}\r\n');
    if (mood === 'huge literal') return socket.write(begin(3_000_000_000));
    if (mood === 'endless line') return flood(socket);
    if (mood === 'drip') return drip(socket, Buffer.concat([Buffer.from(begin(body.length)), body]));
    if (mood === 'disconnect in the middle')
      return socket.end(begin(body.length) + body.toString('latin1').slice(0, 20));
    return socket.write(Buffer.concat([Buffer.from(begin(body.length)), body, Buffer.from(end)]));
  }

  /** A byte at a time, never to its end. */
  function drip(socket: Socket, bytes: Buffer): void {
    let at = 0;
    const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 20);
    socket.once('close', () => clearInterval(timer));
  }

  function flood(socket: Socket): void {
    const more = () => {
      while (!socket.destroyed && socket.write('x'.repeat(64 * 1024)));
      if (!socket.destroyed) socket.once('drain', more);
    };
    more();
  }

  return state;
}
