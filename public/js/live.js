/*
 * What waits in the inbox and how much is unread, live: one stream for a page. Tabs share it: the one that holds the
 * lock listens and tells the others.
 */
let started = false;

export function enhance(_root, tools) {
  const place = document.querySelector('[data-live]');
  if (started || !place || !navigator.locks) return;
  started = true;
  const address = place.dataset.live;
  const others = new BroadcastChannel(address);
  const take = (event) => {
    if (event.count !== undefined) show('[data-inbox-count]', event.count, tools);
    else if (event.unread !== undefined) showUnread(event.unread, tools);
    else document.dispatchEvent(new CustomEvent('decision', { detail: event }));
  };
  others.addEventListener('message', ({ data }) => take(data));
  void navigator.locks.request(address, () => {
    const stream = new EventSource(address);
    for (const name of ['count', 'unread', 'decision']) {
      stream.addEventListener(name, ({ data }) => {
        const event = JSON.parse(data);
        others.postMessage(event);
        take(event);
      });
    }
    return new Promise(() => {});
  });
}

const said = {
  '[data-inbox-count]': (count) => (count === 1 ? 'One decision waits for you' : `${count} decisions wait for you`),
  '[data-unread-count]': (count) => (count === 1 ? 'One unread notification' : `${count} unread notifications`),
};

function show(selector, count, tools) {
  const mark = document.querySelector(selector);
  if (!mark) return;
  const number = mark.querySelector('[data-count]');
  const before = Number.parseInt(number.textContent, 10);
  number.textContent = count >= 100 ? '99+' : count;
  mark.hidden = count === 0;
  if (count > before) tools.announce(said[selector](count));
}

function showUnread(unread, tools) {
  show('[data-unread-count]', unread, tools);
  document.dispatchEvent(new CustomEvent('unread', { detail: { unread } }));
}
