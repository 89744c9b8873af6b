let say = () => {};

document.addEventListener('click', async (event) => {
  const copy = event.target.closest('[data-copy]');
  if (copy) await copyText(sourceOf(copy));
  const download = event.target.closest('[data-download]');
  if (download) save(download.dataset.download, download.dataset.fileName);
  if (event.target.closest('[data-print]')) print();
});

/* The element that the button names; a button in a message that names none means the message. */
function sourceOf(button) {
  const { copy: id } = button.dataset;
  return id ? document.getElementById(id) : button.closest('[data-message]').querySelector('[data-body], [data-text]');
}

async function copyText(source) {
  try {
    await navigator.clipboard.writeText(textOf(source));
    say('Copied');
  } catch {
    getSelection().selectAllChildren(source);
    say('Selected. Press Ctrl or Cmd and C to copy.');
  }
}

function save(id, fileName) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([`${textOf(document.getElementById(id))}\n`], { type: 'text/plain' }));
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}

const textOf = (element) => ('value' in element ? element.value : (element.innerText ?? element.textContent).trim());

export function enhance(_root, tools) {
  say = tools.announce;
}
