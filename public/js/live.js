/*
 * What waits in the inbox, how much is unread and what has changed, live: one stream for a page. Tabs share it: the one
 * that holds the lock listens and tells the others.
 */
const names = ['count', 'unread', 'decision', 'changed'];
/** A tab that comes later missed this much at most while it was drawn. */
const remembersMs = 5000;
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
    else document.dispatchEvent(new CustomEvent(event.changed ? 'changed' : 'decision', { detail: event }));
  };
  const recent = [];
  others.addEventListener('message', ({ data }) => {
    if (!data.joins) return take(data);
    for (const { at, event } of recent) if (at > Date.now() - remembersMs) others.postMessage(event);
  });
  others.postMessage({ joins: true });
  const tell = (event) => {
    others.postMessage(event);
    take(event);
  };
  void navigator.locks.request(address, () => {
    const stream = new EventSource(`${address}?since=${place.dataset.drawn}`);
    for (const name of names) {
      stream.addEventListener(name, ({ data }) => {
        const event = JSON.parse(data);
        if (event.changed) recent.push({ at: Date.now(), event });
        if (recent.length > 100) recent.shift();
        tell(event);
      });
    }
    // What was said while the line was broken is not known: then everything may have changed.
    let opened = 0;
    stream.addEventListener('open', () => {
      opened += 1;
      if (opened > 1) tell({ changed: ['*'] });
      document.documentElement.dataset.live = '';
    });
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
