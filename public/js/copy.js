let say = () => {};

document.addEventListener('click', async (event) => {
  const copy = event.target.closest('[data-copy]');
  if (copy) await copyText(copy.dataset.copy);
  const download = event.target.closest('[data-download]');
  if (download) save(download.dataset.download, download.dataset.fileName);
});

async function copyText(id) {
  const source = document.getElementById(id);
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

const textOf = (element) => ('value' in element ? element.value : element.textContent.trim());

export function enhance(_root, tools) {
  say = tools.announce;
}
