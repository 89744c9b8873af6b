import { chownSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Owner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Mails as files, as a delivery puts them and as another program that reads them leaves them. */
export interface Maildir {
  /** Answers the name of the mail. */
  deliver(source: string | Buffer, folder?: string): string;
  /** The letters of the flags of each mail, by its name. */
  flags(folder?: string): Map<string, string>;
  /** By another program, of the inbox. */
  remove(name: string): void;
  makeFolder(name: string): void;
  /** As after a restore: the mails get other numbers. */
  forgetNumbers(): void;
}

export function openMaildir(root: string, { uid, gid }: Owner): Maildir {
  let delivered = 0;
  const at = (folder?: string) => (folder ? join(root, `.${folder}`) : root);
  const makeFolder = (name?: string) => {
    for (const part of ['', 'cur', 'new', 'tmp']) {
      mkdirSync(join(at(name), part), { recursive: true });
      chownSync(join(at(name), part), uid, gid);
    }
  };
  makeFolder();
  return {
    makeFolder,
    deliver(source, folder) {
      delivered += 1;
      const name = `${1_700_000_000 + delivered}.M${delivered}P${process.pid}.here`;
      const written = join(at(folder), 'tmp', name);
      writeFileSync(written, source);
      chownSync(written, uid, gid);
      renameSync(written, join(at(folder), 'new', name));
      return name;
    },
    flags(folder) {
      const files = ['new', 'cur'].flatMap((part) => readdirSync(join(at(folder), part)));
      return new Map(files.sort().map((file) => [file.split(/[,:]/)[0] ?? '', /:2,(\w*)/.exec(file)?.[1] ?? '']));
    },
    remove(name) {
      for (const part of ['new', 'cur'])
        for (const file of readdirSync(join(root, part))) if (file.startsWith(name)) rmSync(join(root, part, file));
    },
    forgetNumbers() {
      for (const file of readdirSync(root)) if (file.startsWith('dovecot')) rmSync(join(root, file));
    },
  };
}
