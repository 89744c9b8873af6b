import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { plural } from '../../../http/wording.js';
import { type Check, failure, isLocal, note, ok, warning } from '../finding.js';

const hourMs = 3_600_000;

export const backups: Check = {
  id: 'backups',
  title: 'Backups',
  examine(deployment) {
    const { BACKUP_MARKER: path, BACKUP_MAX_HOURS: most } = deployment.settings;
    if (!path) {
      if (isLocal(deployment)) return [note('Nothing is known of backups, which is fine for a trial.')];
      const todo =
        'Let the backup touch a file when it has ended well, and set BACKUP_MARKER to it (guide "Running it").';
      return [warning('Nothing is known of backups.', todo)];
    }
    const newest = newestIn(path);
    if (newest === undefined) {
      return [failure(`There is nothing at ${path}.`, 'Has the backup ever run? It makes or touches that file.')];
    }
    const hours = Math.floor((deployment.now() - newest) / hourMs);
    const says = `The newest backup is ${plural(hours, 'hour')} old.`;
    if (hours < most) return [ok(says)];
    return [
      failure(`${says} At most ${most} are allowed.`, 'Look why the backup does not end well, and try to restore one.'),
    ];
  },
};

/** Of a file, or of the newest file in a folder. Milliseconds since 1970. */
function newestIn(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
  const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
  const times = files.map(({ name }) => statSync(join(path, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return times.length > 0 ? Math.max(...times) : undefined;
}
