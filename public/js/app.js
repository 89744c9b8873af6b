/*
 * The one entry. A page works without any of this; each behaviour is a module that is fetched when the page has something for it.
 * A module may listen on the document once, when it is loaded, and may export enhance(root, tools) for parts that need a start.
 * The page names the modules with the version of each, so that they can be kept for a year and never mix, and with their digests, so
 * that the browser refuses one that somebody has changed.
 */
const behaviours = {
  submit: 'form[method="post"]',
  errors: '[data-error-summary] a[href^="#field-"]',
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
  'live-regions': '[data-live-on]',
  tasks: '[data-due], [data-stays]',
  board: '[data-board][data-movable]',
  notifications: '[data-without-live]',
  mentions: 'textarea[data-mentions]',
  severity: '[data-severity]',
  agents: '[data-trial]',
  calendar: '[data-calendar-week], [data-zone-suggestion], [data-event-form]',
};

const addresses = new Map(
  (document.querySelector('script[data-modules]')?.dataset.modules ?? '')
    .split(' ')
    .map((address) => [/([\w-]+)\.js/.exec(address)?.[1], address]),
);

// An import can name no digest; a preload can, and the import then takes what it brought, or nothing.
const preloads = document.createElement('link').relList?.supports?.('modulepreload');
const loading = new Map();

function load(name) {
  if (!loading.has(name)) loading.set(name, fetchModule(addresses.get(name) ?? ''));
  return loading.get(name);
}

async function fetchModule(named) {
  const [address, integrity] = named.split('#');
  if (preloads) {
    await new Promise((resolve, reject) => {
      const link = Object.assign(document.createElement('link'), { rel: 'modulepreload', href: address, integrity });
      link.addEventListener('load', resolve, { once: true });
      link.addEventListener('error', () => reject(new Error(`${address} is not what this page was made with`)), {
        once: true,
      });
      document.head.append(link);
    });
  }
  return import(address);
}

/** Says something short on the screen and to screen readers. `act`: { label, run }, for what can be taken back. */
function announce(text, act) {
  const place = document.querySelector('[data-toasts]');
  if (!place) return;
  const toast = document.createElement('div');
  toast.className = 'toast';
  toast.textContent = text;
  if (act) toast.append(actButton(act, toast));
  place.replaceChildren(toast);
  setTimeout(() => toast.remove(), act ? 12_000 : 5000);
}

function actButton({ label, run }, toast) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button compact';
  button.textContent = label;
  button.addEventListener('click', () => {
    toast.remove();
    run();
  });
  return button;
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

// Tabs that are wider than the screen begin with the open one in sight.
for (const tab of document.querySelectorAll('.tabs [aria-current]'))
  tab.closest('.tabs').scrollLeft = tab.getBoundingClientRect().right - innerWidth / 2;

await enhance(document);
document.documentElement.dataset.ready = '';
