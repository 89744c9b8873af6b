/*
 * Makes one tree of elements what another one is, and keeps every node that may stay: so focus, what is open and where it
 * was scrolled to stay, too. Elements with an id are the same wherever they have moved; [data-live-keep] is left alone.
 */
const keptAttributes = ['open', 'style', 'aria-expanded', 'data-dragged'];

export function morph(from, to) {
  // What was taken out of one place may be wanted in another one.
  become(from, to, { root: from, parked: new Map() });
}

function become(from, to, tree) {
  if (from.isEqualNode(to) || from.matches('[data-live-keep]')) return;
  for (const { name } of [...from.attributes])
    if (!to.hasAttribute(name) && !keptAttributes.includes(name)) from.removeAttribute(name);
  for (const { name, value } of [...to.attributes])
    if (from.getAttribute(name) !== value && !keptAttributes.includes(name)) from.setAttribute(name, value);
  children(from, to, tree);
}

function children(from, to, tree) {
  const wantedIds = new Set([...to.children].map(({ id }) => id).filter(Boolean));
  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    while (at?.id && !wantedIds.has(at.id)) at = without(at, tree);
    const same = wanted.id ? known(wanted, tree) : at && fits(at, wanted) ? at : undefined;
    if (!same) {
      from.insertBefore(document.adoptNode(wanted), at);
      continue;
    }
    if (same === at) at = at.nextSibling;
    else move(from, same, at);
    if (same.nodeType === Node.ELEMENT_NODE) become(same, wanted, tree);
    else if (same.nodeValue !== wanted.nodeValue) same.nodeValue = wanted.nodeValue;
  }
  while (at) at = at.matches?.('[data-live-keep]') ? at.nextSibling : without(at, tree);
}

function known({ id, nodeName }, { root, parked }) {
  const found = parked.get(id) ?? root.querySelector(`#${CSS.escape(id)}`);
  return found?.nodeName === nodeName ? found : undefined;
}

function without(node, { parked }) {
  const next = node.nextSibling;
  if (node.id) parked.set(node.id, node);
  node.remove();
  return next;
}

const fits = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && !one.id && !other.id;

/** A browser that knows how moves a node without taking the focus from it. */
function move(parent, node, before) {
  if (parent.moveBefore && node.isConnected) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}
