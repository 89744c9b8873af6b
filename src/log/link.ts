import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

export interface Link {
  isReady(): boolean;
  write(bytes: Buffer): void;
  isSending(): boolean;
  close(): void;
}

export interface LinkOptions {
  readonly retryMs: number;
  /** It takes more now. */
  readonly onReady: (link: Link) => void;
  /** Once for each time that it is lost, however often it is tried anew. */
  readonly onLost: (error: Error) => void;
  readonly onBack: () => void;
}

const patienceMs = 10_000;

/** A TLS connection in one direction that is made again whenever it breaks, and keeps no process alive. */
export function openLink(to: ConnectionOptions, { retryMs, onReady, onLost, onBack }: LinkOptions): Link {
  let socket: TLSSocket | undefined;
  let retry: NodeJS.Timeout | undefined;
  let [isOpen, isLost, isClosed] = [false, false, false];
  const link: Link = {
    isReady: () => isOpen && socket?.writableNeedDrain === false,
    write: (bytes) => void socket?.write(bytes),
    isSending: () => (socket?.writableLength ?? 0) > 0,
    close() {
      isClosed = true;
      clearTimeout(retry);
      socket?.destroy();
    },
  };
  const lose = (error: Error) => {
    if (isClosed || retry) return;
    isOpen = false;
    socket?.destroy();
    retry = setTimeout(open, retryMs).unref();
    if (!isLost) onLost(error);
    isLost = true;
  };
  const opened = () => {
    isOpen = true;
    if (isLost) onBack();
    isLost = false;
    onReady(link);
  };
  function open(): void {
    retry = undefined;
    socket = dial(to, { opened, drained: () => onReady(link), lose });
  }
  open();
  return link;
}

interface Events {
  opened(): void;
  drained(): void;
  lose(error: Error): void;
}

function dial(to: ConnectionOptions, { opened, drained, lose }: Events): TLSSocket {
  const socket = connect({ ...to, timeout: patienceMs });
  socket.unref();
  socket.once('secureConnect', () => {
    socket.setTimeout(0).setKeepAlive(true, patienceMs);
    opened();
  });
  socket.on('drain', drained);
  socket.on('timeout', () => lose(new Error('the collector does not answer')));
  socket.on('error', lose);
  socket.on('close', () => lose(new Error('the collector has ended the connection')));
  // It says nothing; reading on is how its end is noticed.
  return socket.resume();
}
