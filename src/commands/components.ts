import { execFile } from 'node:child_process';
import { projectPath } from '../config.js';
import { billOfMaterials } from '../features/assurance/components/bill.js';
import { keepReview, lastReview } from '../features/assurance/components/kept.js';
import { overdue, reviewOf, standingOf } from '../features/assurance/components/review.js';

/** ASVS 15.1.2: what it is made of. ASVS 15.2.1: whether any of it is weak or old for longer than was promised. */
export async function components([word]: readonly string[]): Promise<void> {
  if (word === undefined)
    return void process.stdout.write(`${JSON.stringify(billOfMaterials(new Date()), undefined, 2)}\n`);
  if (word !== 'review') throw new Error('Say nothing more, or review: npm run bailiwick -- components review');
  const now = new Date();
  const audit = await askNpm(['audit', '--package-lock-only', '--omit=dev', '--json']);
  const outdated = await askNpm(['outdated', '--json']);
  const last = lastReview();
  const review = reviewOf({ audit, outdated }, last, now);
  keepReview(review);
  const { state, text } = standingOf(review, now);
  process.stdout.write(`${text}\n`);
  for (const { name, severity } of review.weak) process.stdout.write(`  ${severity}: ${name}\n`);
  if (state === 'bad') throw new Error(`${overdue(review, now).length} overdue. Bring them up to date.`);
}

/** npm ends with 1 when it has found something, and says what in JSON all the same. */
function askNpm(words: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile('npm', words, { cwd: projectPath(), maxBuffer: 64 * 1024 * 1024 }, (error, output) => {
      try {
        resolve(JSON.parse(output.trim() || '{}'));
      } catch {
        reject(error ?? new Error(`npm ${words[0]} gave an answer that cannot be read.`));
      }
    });
  });
}
