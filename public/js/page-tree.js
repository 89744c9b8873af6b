/* a[data-branch]: opens the pages in a page where they are listed; without script the link leads to that page. */
document.addEventListener('click', async (event) => {
  const opener = event.target.closest('a[data-branch]');
  if (!opener || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const item = opener.closest('li');
  const branch = item.querySelector(':scope > ul');
  if (branch) {
    branch.hidden = !branch.hidden;
    opener.ariaExpanded = String(!branch.hidden);
    return;
  }
  try {
    const response = await fetch(opener.dataset.branch, { headers: { accept: 'application/json' } });
    if (!response.ok) throw new Error('not a branch');
    item.append(listOf(item, await response.json(), opener.href));
    opener.ariaExpanded = 'true';
  } catch {
    location.assign(opener.href);
  }
});

export function enhance(root) {
  for (const opener of root.querySelectorAll('a[data-branch]')) {
    opener.role = 'button';
    opener.ariaExpanded ??= 'false';
  }
}

/** Made from a line that is there, so that it looks the same. */
function listOf(item, { pages, more }, parent) {
  const list = document.createElement('ul');
  list.dataset.liveKeep = '';
  const pattern = item.querySelector('.page-line');
  const folder = parent.replace(/[^/]+$/, '');
  for (const page of pages) {
    const line = pattern.cloneNode(true);
    const name = line.querySelector('.page-name');
    name.href = `${folder}${page.id}`;
    name.querySelector('bdi').textContent = page.title;
    const opener = line.querySelector('a[data-branch]');
    opener.href = name.href;
    opener.dataset.branch = `${name.href}/inside`;
    opener.ariaLabel = `Pages in ${page.title}`;
    opener.ariaExpanded = 'false';
    if (!page.hasPages) {
      const leaf = document.createElement('span');
      leaf.className = 'page-leaf';
      opener.replaceWith(leaf);
    }
    list.append(entry(line));
  }
  if (more) {
    const link = document.createElement('a');
    link.href = parent;
    link.textContent = 'More';
    const rest = entry(link);
    rest.className = 'page-rest';
    list.append(rest);
  }
  return list;
}

function entry(child) {
  const made = document.createElement('li');
  made.append(child);
  return made;
}
