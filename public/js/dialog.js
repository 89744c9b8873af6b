/*
 * a[data-dialog]: the page it leads to holds a [data-confirm] block; here the block is shown over this page instead.
 * Anything unexpected (signed out, an error page) simply follows the link.
 */
let tools;

document.addEventListener('click', async (event) => {
  const closer = event.target.closest('dialog [data-dialog-close]');
  if (closer) {
    event.preventDefault();
    closer.closest('dialog').close();
    return;
  }
  const link = event.target.closest('a[data-dialog]');
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
  const block = page.querySelector('[data-confirm]');
  if (!response.ok || !block) throw new Error('not a confirmation');
  const dialog = document.createElement('dialog');
  dialog.className = 'dialog';
  dialog.setAttribute('aria-labelledby', 'confirm-title');
  const heading = block.querySelector('h1');
  const second = document.createElement('h2');
  second.id = heading.id;
  second.append(...heading.childNodes);
  heading.replaceWith(second);
  dialog.append(document.adoptNode(block));
  document.body.append(dialog);
  dialog.addEventListener('close', () => {
    dialog.remove();
    link.focus();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.showModal();
  // Never land on the act itself: a stray Enter must not delete anything.
  (dialog.querySelector('input:not([type="hidden"])') ?? dialog.querySelector('[data-dialog-close]')).focus();
  await tools.enhance(dialog);
}

/* Typed confirmation: the button wakes up when the words match; the server checks them again. */
export function enhance(root, given) {
  tools = given;
  for (const input of root.querySelectorAll('[data-typed]')) {
    const button = input.form.querySelector('button[type="submit"]');
    const check = () => {
      button.disabled = input.value.trim() !== input.dataset.typed;
    };
    input.addEventListener('input', check);
    check();
  }
}
