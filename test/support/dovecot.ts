import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Certificate } from './certificate.js';
import { type Maildir, type Owner, openMaildir } from './maildir.js';
import { until } from './until.js';

const places = ['/usr/sbin/dovecot', '/usr/local/sbin/dovecot', '/opt/homebrew/sbin/dovecot'];
const program = places.find((path) => existsSync(path));

/** Nobody must have it: it takes part where it is. */
export const hasDovecot = program !== undefined;

export interface Dovecot {
  readonly mails: Maildir;
  /** Encrypted from the start, and by STARTTLS. */
  readonly url: string;
  readonly startTlsUrl: string;
  log(): string;
  start(): Promise<void>;
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export const mailbox = { user: 'security@bailiwick.test', password: 'open sesame / 100% ä' };

/** However this process ends: what it holds open is closed then, and the server is told to stop. */
const whileHeld = '"$0" -F -c "$1" & read held; kill $!; wait';

/** The mail server that very many mailboxes lie on, as the system has it, in a folder and with ports of its own. */
export async function openDovecot(certificate: Certificate): Promise<Dovecot> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-dovecot-'));
  const owner = ordinaryUser();
  const ports = { imaps: await freePort(), imap: await freePort() };
  const log = prepare(folder, owner, certificate);
  const mails = openMaildir(join(folder, 'mails'), owner);
  const config = join(folder, 'dovecot.conf');
  writeFileSync(config, settings(folder, owner, ports));
  let child: ChildProcess | undefined;
  const kill = () => void child?.stdin?.end();
  const start = async () => {
    child = spawn('sh', ['-c', whileHeld, program ?? '', config], { ...asUser(owner), cwd: folder });
    await until('Dovecot listens', async () => !(await isFree(ports.imaps)) && !(await isFree(ports.imap)));
  };
  const stop = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    kill();
    await gone;
  };
  await start();
  return {
    ...{ mails, start, stop, log: () => readFileSync(log, 'utf8') },
    url: address('imaps', ports.imaps, certificate),
    startTlsUrl: address('imap', ports.imap, certificate),
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** All that it does is done as this user: it may read mails as anybody, but not as root. */
function ordinaryUser(): Owner {
  const { username: name, uid, gid } = userInfo();
  return uid === 0 ? { name: 'nobody', uid: 65_534, gid: 65_534 } : { name, uid, gid };
}

const asUser = ({ uid, gid }: Owner) => (process.getuid?.() === 0 ? { uid, gid } : {});

function prepare(folder: string, { uid, gid }: Owner, certificate: Certificate): string {
  const log = join(folder, 'log');
  for (const part of ['run', 'state']) mkdirSync(join(folder, part));
  copyFileSync(certificate.certificateFile, join(folder, 'certificate.pem'));
  copyFileSync(certificate.keyFile, join(folder, 'key.pem'));
  writeFileSync(join(folder, 'users'), `${mailbox.user}:{PLAIN}${mailbox.password}\n`);
  writeFileSync(log, '');
  for (const name of ['', 'run', 'state', 'certificate.pem', 'key.pem', 'users', 'log'])
    chownSync(join(folder, name), uid, gid);
  chmodSync(folder, 0o755);
  return log;
}

const address = (scheme: string, port: number, { certificateFile }: Certificate) =>
  `${scheme}://${encodeURIComponent(mailbox.user)}:${encodeURIComponent(mailbox.password)}@localhost:${port}` +
  `/INBOX?ca=${encodeURIComponent(certificateFile)}`;

const settings = (folder: string, { name, uid, gid }: Owner, ports: { imaps: number; imap: number }) => `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = ${name}
default_internal_group =
default_login_user = ${name}
first_valid_uid = ${uid}
first_valid_gid = ${gid}
ssl = required
ssl_cert = <${folder}/certificate.pem
ssl_key = <${folder}/key.pem
ssl_min_protocol = TLSv1.2
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:${folder}/mails
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
  }
}
`;

async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
