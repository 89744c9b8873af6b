/*
 * <textarea data-mentions="/w/acme/members/names">: after an @ it offers the members whose names begin so. The names are
 * a listbox below the text; the focus stays in the text, as in the combobox pattern (ARIA Authoring Practices).
 */
const typedName = /(?:^|[^\p{L}\p{N}@/\\._=&%#+-])@([A-Za-z0-9._-]{0,32})$/u;
let next = 0;

export function enhance(root) {
  for (const text of root.querySelectorAll('textarea[data-mentions]')) {
    if (text.dataset.mentions && !text.hasAttribute('aria-autocomplete')) begin(text);
  }
}

function begin(text) {
  const names = newNames(text);
  text.addEventListener('input', () => void look(text, names));
  text.addEventListener('blur', () => names.close());
  text.addEventListener('keydown', (event) => {
    if (names.isOpen() && keys[event.key]?.(names)) event.preventDefault();
  });
}

const keys = {
  ArrowDown: (names) => names.move(1),
  ArrowUp: (names) => names.move(-1),
  Enter: (names) => names.choose(),
  Tab: (names) => names.choose(),
  Escape: (names) => names.close(),
};

/** The name before the cursor, as far as it is typed; undefined when there is none. */
function typed(text) {
  if (text.selectionStart !== text.selectionEnd) return undefined;
  return typedName.exec(text.value.slice(0, text.selectionStart))?.[1];
}

async function look(text, names) {
  const begun = typed(text);
  if (begun === undefined) return names.close();
  const address = `${text.dataset.mentions}?${new URLSearchParams({ q: begun })}`;
  const answer = await fetch(address, { headers: { accept: 'application/json' } }).catch(() => undefined);
  const { names: found = [] } = answer?.ok ? await answer.json() : {};
  // Somebody types faster than the answer comes.
  if (typed(text) === begun && document.activeElement === text) names.show(found, begun.length);
}

function newNames(text) {
  const id = `mentions-${next++}`;
  const list = document.createElement('ul');
  Object.assign(list, { id, className: 'mention-list', hidden: true });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Members');
  const status = document.createElement('span');
  status.className = 'visually-hidden';
  status.setAttribute('role', 'status');
  text.after(list, status);
  text.setAttribute('aria-autocomplete', 'list');
  text.setAttribute('aria-controls', id);
  let at = 0;
  let length = 0;

  const select = (index) => {
    at = index;
    for (const [place, option] of [...list.children].entries())
      option.setAttribute('aria-selected', String(place === at));
    text.setAttribute('aria-activedescendant', list.children[at].id);
  };
  const close = () => {
    if (list.hidden) return false;
    list.hidden = true;
    status.textContent = '';
    text.removeAttribute('aria-activedescendant');
    return true;
  };
  const choose = (index = at) => {
    const { username } = list.children[index].dataset;
    const end = text.selectionStart;
    text.setRangeText(`${username} `, end - length, end, 'end');
    close();
    text.dispatchEvent(new Event('input', { bubbles: true }));
    text.focus();
    return true;
  };
  // Before the text loses the focus.
  list.addEventListener('pointerdown', (event) => {
    const option = event.target.closest('[role="option"]');
    event.preventDefault();
    if (option) choose([...list.children].indexOf(option));
  });

  return {
    isOpen: () => !list.hidden,
    close,
    choose,
    move(step) {
      select((at + step + list.children.length) % list.children.length);
      return true;
    },
    show(found, typedLength) {
      if (found.length === 0) return close();
      length = typedLength;
      list.replaceChildren(...found.map((person, index) => optionOf(person, `${id}-${index}`)));
      list.hidden = false;
      select(0);
      status.textContent =
        found.length === 1 ? 'One member. Enter takes it.' : `${found.length} members. Enter takes one.`;
    },
  };
}

function optionOf({ username, name }, id) {
  const option = document.createElement('li');
  option.id = id;
  option.dataset.username = username;
  option.setAttribute('role', 'option');
  const handle = document.createElement('bdi');
  handle.textContent = `@${username}`;
  option.append(handle);
  if (name !== username) {
    const full = document.createElement('bdi');
    full.className = 'muted';
    full.textContent = name;
    option.append(' ', full);
  }
  return option;
}
