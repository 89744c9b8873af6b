import type { Config } from '../../config.js';

/** `note` is fine as it is, and worth knowing; only a `failure` makes the command end with 1. */
export const grades = ['ok', 'note', 'warning', 'failure'] as const;
export type Grade = (typeof grades)[number];

export interface Finding {
  readonly grade: Grade;
  /** What was seen, in a sentence without a secret. */
  readonly says: string;
  /** What to do about it. */
  readonly todo?: string;
}

/** What is examined. Replaceable, so that a test can show each check something broken. */
export interface Deployment {
  readonly settings: Config;
  /** Milliseconds since 1970, as this machine believes. */
  now(): number;
  readonly node: string;
  /** Bytes of the disk that a folder lies on. */
  room(folder: string): Promise<Room>;
}

export interface Room {
  readonly free: number;
  readonly size: number;
}

/** One subject that is looked at. Whatever it throws is a failure of its own. */
export interface Check {
  readonly id: string;
  readonly title: string;
  /** Without the database this is left out. */
  readonly needsDatabase?: true;
  examine(deployment: Deployment): Promise<Finding[]> | Finding[];
}

export const ok = (says: string): Finding => ({ grade: 'ok', says });
export const note = (says: string, todo?: string): Finding => found('note', says, todo);
export const warning = (says: string, todo: string): Finding => found('warning', says, todo);
export const failure = (says: string, todo: string): Finding => found('failure', says, todo);

function found(grade: Grade, says: string, todo?: string): Finding {
  return todo === undefined ? { grade, says } : { grade, says, todo };
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Reached from this machine alone: what would be wrong elsewhere is right here. */
export function isLocal({ settings }: Deployment): boolean {
  return !settings.production && loopback.test(new URL(settings.origin).hostname);
}
