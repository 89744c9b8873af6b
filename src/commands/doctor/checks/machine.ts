import { bytes } from '../../../http/wording.js';
import { type Check, failure, ok, warning } from '../finding.js';

const gigabyte = 1024 ** 3;

export const machine: Check = {
  id: 'disk',
  title: 'Disk',
  async examine({ settings: { VAR_DIR, UPLOAD_MAX_MB }, room }) {
    const { free, size } = await room(VAR_DIR);
    const says = `${bytes(free)} of ${bytes(size)} are free where ${VAR_DIR} lies.`;
    // Files that are read at once, each with what it unpacks to.
    const needed = 4 * UPLOAD_MAX_MB;
    if (free < Math.max(needed, gigabyte / 4)) return [failure(says, 'Make room: uploads fail when it is full.')];
    if (free < gigabyte || free < size / 20) return [warning(says, 'Make room before it is full.')];
    return [ok(says)];
  },
};
