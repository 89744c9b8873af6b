import ejs from 'ejs';
import { projectPath } from '../../src/config.js';
import { newAssets } from '../../src/http/assets.js';
import { bytes, exactTime, isoTime, plural, relativeTime } from '../../src/http/wording.js';
import { everyPage } from './samples.js';

const { asset, integrity } = newAssets();

/** The page as the product renders it: the view to a string, then the layout around it. `view` is a path from the project. */
export async function renderPage(view: string, locals: ejs.Data, layout: 'workspace' | 'plain'): Promise<string> {
  const all = { ...everyPage, asset, integrity, relativeTime, exactTime, isoTime, plural, bytes, ...locals };
  const body = await ejs.renderFile(projectPath(view), all);
  return await ejs.renderFile(projectPath('views', 'layouts', `${layout}.ejs`), { ...all, body });
}
