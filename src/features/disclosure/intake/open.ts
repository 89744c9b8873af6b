import { startIntake } from './listener.js';
import { watchMailbox } from './mailbox.js';

/** Whichever of the two the operator has set up; the settings refuse both. */
export async function openIntake(): Promise<{ close(): Promise<void> } | undefined> {
  return watchMailbox() ?? (await startIntake());
}
