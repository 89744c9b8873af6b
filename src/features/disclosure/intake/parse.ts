import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { projectPath } from '../../../config.js';
import { Invalid, UpstreamFailed } from '../../../errors.js';
import { nodeFlags, systemLimits } from '../../knowledge/extraction/confinement.js';
import { type Envelope, limits, ParsedMail } from './message.js';

/**
 * Reads a mail in a child that has no files, no environment and little time: parsers meet hostile mails here.
 * Throws Invalid for a header that is too long, UpstreamFailed when the child was ended.
 */
export async function parseMail(message: Buffer, envelope: Envelope): Promise<ParsedMail> {
  if (headerLength(message) > limits.headerBytes) throw new Invalid('The header is too long.');
  const entry = fileURLToPath(new URL('./child.js', import.meta.url));
  const [program = '', ...rest] = [...systemLimits(), process.execPath, ...nodeFlags(), entry];
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {},
    cwd: projectPath(),
    timeout: limits.seconds * 1000,
    killSignal: 'SIGKILL',
  });
  // A pipe to a process that has just died: what it answered tells.
  child.stdin.on('error', () => {});
  child.stdin.end(Buffer.concat([Buffer.from(`${JSON.stringify(envelope)}\n`), message]));
  const answer = await buffer(child.stdout);
  if (answer.length === 0) throw new UpstreamFailed('The mail could not be read.');
  return ParsedMail.parse(JSON.parse(answer.toString('utf8')));
}

/** Up to the first empty line, with whichever line ends; without one, all of it. */
function headerLength(message: Buffer): number {
  const ends = ['\r\n\r\n', '\n\n'].map((end) => message.indexOf(end)).filter((at) => at !== -1);
  return Math.min(message.length, ...ends);
}
