/*
 * "/" search, "g" and a letter to go, "c" to make, "?" for the list. Single keys can be turned off (WCAG 2.1.4),
 * and mean nothing while one is typing or a dialog is open.
 */
const help = document.getElementById('keyboard-help');
const off = help.querySelector('[data-shortcuts-off]');
const setting = 'shortcuts-off';
let going = 0;

off.checked = localStorage.getItem(setting) === 'yes';
off.addEventListener('change', () => localStorage.setItem(setting, off.checked ? 'yes' : 'no'));

const list = help.querySelector('[data-shortcuts]');
for (const link of document.querySelectorAll('a[data-go]')) {
  const keys = document.createElement('dt');
  const name = document.createElement('dd');
  keys.append(key('g'), ' ', key(link.dataset.go));
  name.textContent = `Go to ${nameOf(link)}`;
  list.append(keys, name);
}

/** Without the number beside it. */
function nameOf(link) {
  const parts = [...link.childNodes].filter((part) => !part.classList?.contains('count'));
  return parts
    .map((part) => part.textContent.trim())
    .filter(Boolean)
    .join(' ');
}

document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-keyboard-help]')) return;
  const menu = event.target.closest('details');
  if (menu) menu.open = false;
  help.showModal();
});

document.addEventListener('keydown', (event) => {
  if (off.checked || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || busy(event.target))
    return;
  const act = Date.now() - going < 1500 ? go : acts[event.key];
  going = 0;
  if (act?.(event.key)) event.preventDefault();
});

const acts = {
  '/': () => focus('[data-search]'),
  '?': () => {
    help.showModal();
    return true;
  },
  c: () => focus('form[data-create] input:not([type="hidden"])') || press('a[data-create], button[data-create]'),
  g: () => {
    going = Date.now();
    return true;
  },
};

const go = (letter) => press(`a[data-go="${CSS.escape(letter)}"]`);

function press(selector) {
  const target = document.querySelector(selector);
  target?.click();
  return Boolean(target);
}

function focus(selector) {
  const target = document.querySelector(selector);
  target?.focus();
  target?.select();
  return Boolean(target);
}

function busy(target) {
  if (document.querySelector('dialog[open]')) return true;
  return target.isContentEditable || target.matches?.('textarea, select, input:not([type="checkbox"], [type="radio"])');
}

function key(letter) {
  const element = document.createElement('kbd');
  element.textContent = letter;
  return element;
}
