import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { projectPath } from '../../../config.js';
import { lastReview } from '../../../features/assurance/components/kept.js';
import { standingOf } from '../../../features/assurance/components/review.js';
import { type Check, type Deployment, type Finding, failure, isLocal, note, ok, warning } from '../finding.js';

const Package = z.object({ engines: z.object({ node: z.string() }) });

export const program: Check = {
  id: 'program',
  title: 'Program',
  examine(deployment) {
    const { engines } = Package.parse(JSON.parse(readFileSync(projectPath('package.json'), 'utf8')));
    const { node } = deployment;
    return [
      fits(node, engines.node)
        ? ok(`Node ${node} is one that this version runs on.`)
        : failure(`Node ${node} is not ${engines.node}.`, 'Install a version that fits, and run npm ci again.'),
      mode(deployment),
      ...contacts(deployment),
      reviewed(deployment),
    ];
  },
};

function mode(deployment: Deployment) {
  if (deployment.settings.production) return ok('NODE_ENV is production: nothing secret is guessed or made up.');
  if (isLocal(deployment)) return note('NODE_ENV is not production, which is right on your own machine.');
  const todo = 'Set NODE_ENV=production, and with it MASTER_KEY, SESSION_SECRET, DATABASE_URL and SMTP_URL.';
  return failure('Others can reach this, and NODE_ENV is not production.', todo);
}

function contacts({ settings }: Deployment) {
  if (!settings.production) return [];
  const { SECURITY_CONTACT, PLATFORM_ADMINS } = settings;
  return [
    ...(SECURITY_CONTACT
      ? []
      : [warning('Nobody is named who takes security reports by mail.', 'Set SECURITY_CONTACT to an address.')]),
    ...(PLATFORM_ADMINS.length > 0
      ? []
      : [note('There is no platform console.', 'Set PLATFORM_ADMINS to the address of your own account.')]),
  ];
}

/** ASVS 15.2.1: as far as it is known without asking anybody. */
function reviewed(deployment: Deployment): Finding {
  const review = lastReview();
  const { state, text } = standingOf(review, new Date(deployment.now()));
  if (state === 'good') return ok(text);
  if (!review && isLocal(deployment)) return note(text);
  const todo = 'Run npm run bailiwick -- components review, once a week, and install what it names.';
  return state === 'bad' ? failure(text, todo) : warning(text, todo);
}

/** `>=20.19 <21 || >=22.13`: as package.json says it, and no more of semver than that. */
export function fits(version: string, ranges: string): boolean {
  return ranges.split('||').some((range) =>
    range
      .trim()
      .split(/\s+/)
      .every((bound) => {
        const [, sign, limit = ''] = /^(>=|<)(\d+(?:\.\d+)*)$/.exec(bound) ?? [];
        const order = compare(version, limit);
        return sign === '>=' ? order >= 0 : sign === '<' && order < 0;
      }),
  );
}

function compare(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => text.split('.').map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
