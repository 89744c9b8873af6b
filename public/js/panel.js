/*
 * a[data-panel]: a detail page shown beside the list it came from. The address follows, so that it can be shared, reloaded
 * and left by Back; the target page's <main> is what is shown.
 */
let tools;
let open;

document.addEventListener('click', async (event) => {
  const link = event.target.closest('a[data-panel]');
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    await show(link);
  } catch {
    location.assign(link.href);
  }
});

async function show(link) {
  const response = await fetch(link.href, { headers: { accept: 'text/html' } });
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const content = page.querySelector('main');
  if (!response.ok || !content) throw new Error('not a page to show');
  const inside = open?.dialog.contains(link);
  if (inside) open.history += 1;
  const dialog = inside ? open.dialog : frame(link);
  dialog.querySelector('.panel-head a').href = link.href;
  const place = dialog.querySelector('.panel-body');
  content.querySelector('[data-notice]')?.remove();
  place.replaceChildren(...document.adoptNode(content).childNodes);
  const heading = place.querySelector('h1');
  if (heading) dialog.setAttribute('aria-label', heading.textContent.trim());
  history.pushState({ panel: true }, '', link.href);
  if (!dialog.open) dialog.showModal();
  await tools.enhance(place);
  const target = link.hash && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const passage = target || place.querySelector('.passage');
  if (passage) passage.scrollIntoView({ block: 'center' });
  else dialog.scrollTop = 0;
}

function frame(opener) {
  const dialog = document.createElement('dialog');
  dialog.className = 'panel';
  const head = document.createElement('div');
  head.className = 'panel-head';
  const whole = document.createElement('a');
  whole.className = 'button quiet compact';
  whole.textContent = 'Open as a page';
  const close = document.createElement('button');
  close.className = 'button quiet compact';
  close.type = 'button';
  close.textContent = 'Close';
  close.addEventListener('click', () => dialog.close());
  head.append(whole, close);
  const body = document.createElement('div');
  body.className = 'panel-body';
  dialog.append(head, body);
  document.body.append(dialog);
  open = { dialog, history: 1, from: location.href };
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    const steps = open.history;
    open = undefined;
    dialog.remove();
    opener.focus();
    if (history.state?.panel) history.go(-steps);
  });
  return dialog;
}

addEventListener('popstate', () => {
  if (!open) return;
  open.history = 0;
  open.dialog.close();
});

export function enhance(_root, given) {
  tools = given;
}
