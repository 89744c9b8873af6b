import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { projectPath } from '../../src/config.js';

/** Builds public/icons/sprite.svg: `node dist/test/views/make-sprite.js`. A test compares it with what lies there. */
const icons = [
  ...['house', 'message-square', 'library', 'bot', 'users', 'scroll-text', 'settings', 'inbox', 'list-checks', 'menu'],
  ...['chevron-right', 'chevron-left', 'chevrons-up-down', 'arrow-up', 'arrow-down', 'arrow-left'],
  ...['arrow-right', 'external-link', 'plus', 'minus', 'search', 'x', 'check', 'keyboard'],
  ...['circle', 'circle-check', 'circle-dashed', 'octagon-alert', 'triangle-alert', 'info', 'ban', 'clock', 'history'],
  ...['loader-circle', 'refresh-cw', 'rotate-ccw', 'square', 'eye', 'eye-off', 'copy', 'download', 'upload', 'trash-2'],
  ...['pencil', 'archive', 'log-out', 'user', 'user-plus', 'mail', 'key-round', 'lock', 'shield-check', 'wrench'],
  ...[
    'file-text',
    'file-up',
    'file-search',
    'quote',
    'link',
    'building-2',
    'circle-dot',
    'tag',
    'notebook-text',
    'folder-input',
    'bell',
    'at-sign',
  ],
  ...['calendar', 'map-pin', 'repeat'],
];

/** The product's own mark: a bounded ground with one gate, and someone at work in it. */
const mark =
  '<symbol id="mark" viewBox="0 0 24 24"><path d="M8.5 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V6a2 2 0 0 0-2-2h-2.5"/><circle cx="12" cy="12" r="2.5" fill="currentColor"/></symbol>';

function symbolOf(name: string): string {
  const source = readFileSync(projectPath('node_modules', 'lucide-static', 'icons', `${name}.svg`), 'utf8');
  const inner = source.slice(source.indexOf('>', source.indexOf('<svg')) + 1, source.indexOf('</svg>'));
  const compact = inner
    .replace(/\s+/g, ' ')
    .replace(/ ?(\/?>) ?/g, '$1')
    .trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${compact.replace(/(?:<path d="[^"]+"\/>){2,}/g, joined)}</symbol>`;
}

/** Neighbouring paths as one. A path may begin with `m`, which is from its own start only when it is the first. */
function joined(paths: string): string {
  const parts = [...paths.matchAll(/d="([^"]+)"/g)].map(([, d = '']) =>
    d.replace(
      /^m(-?\d*\.?\d+[ ,]?-?\d*\.?\d+) ?(?=([-.\d])?)/,
      (_all, start, number) => `M${start}${number ? 'l' : ''}`,
    ),
  );
  return `<path d="${parts.join('')}"/>`;
}

export function sprite(): string {
  const notice =
    '<!-- Icons: Lucide, ISC License, (c) Lucide Icons and Contributors; some derived from Feather, MIT License, (c) Cole Bemis. https://lucide.dev/license -->';
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${notice}\n${[mark, ...icons.toSorted().map(symbolOf)].join('\n')}\n</svg>\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(projectPath('public', 'icons', 'sprite.svg'), sprite());
