/*
 * The one entry. A page works without any of this; each behaviour is a module that is fetched when the page has something for it.
 * A module may listen on the document once, when it is loaded, and may export enhance(root, tools) for parts that need a start.
 * The page names the modules with the version of each, so that they can be kept for a year and never mix.
 */
const behaviours = {
  submit: 'form[method="post"]',
  password: '[data-show-password]',
  passkeys: '[data-passkey], [data-passkeys-accepted]',
  copy: '[data-copy], [data-download], form[data-chat]',
  times: 'time[data-relative], time[data-exact]',
  menu: '[data-menu], [popover]',
  keyboard: '#keyboard-help',
  dialog: '[data-dialog], [data-typed]',
  panel: 'a[data-panel], template[data-template]',
  autosize: 'textarea[data-autosize]',
  upload: '[data-upload], [data-status-url]',
  chat: 'form[data-chat]',
  'page-editor': 'form[data-page-editor]',
  'page-tree': 'a[data-branch]',
  live: '[data-live]',
  tasks: '[data-due], [data-stays]',
  board: '[data-board][data-movable]',
  notifications: '[data-without-live]',
  mentions: 'textarea[data-mentions]',
  agents: '[data-trial]',
  calendar: '[data-calendar-week], [data-zone-suggestion], [data-event-form]',
};

const addresses = new Map(
  (document.querySelector('script[data-modules]')?.dataset.modules ?? '')
    .split(' ')
    .map((address) => [/([\w-]+)\.js/.exec(address)?.[1], address]),
);

const load = (name) => import(addresses.get(name));

/** Says something short on the screen and to screen readers. */
function announce(text) {
  const place = document.querySelector('[data-toasts]');
  if (!place) return;
  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.textContent = text;
  place.replaceChildren(toast);
  setTimeout(() => toast.remove(), 5000);
}

/** Starts what `root` holds; called again for content that arrives later. */
export async function enhance(root) {
  const wanted = Object.entries(behaviours).filter(([, selector]) => root.querySelector(selector));
  await Promise.all(
    wanted.map(async ([name]) => {
      const module = await load(name);
      module.enhance?.(root, tools);
    }),
  );
}

const tools = {
  load,
  announce,
  enhance,
  csrfToken: () => document.querySelector('input[name="_csrf"]')?.value ?? '',
};

await enhance(document);
document.documentElement.dataset.ready = '';
