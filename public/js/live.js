/*
 * What waits in the inbox, how much is unread and what has changed, live: one stream for a page. Tabs share it: the one
 * that holds the lock listens and tells the others. Whatever process answers goes on after the event that came last.
 */
const names = ['count', 'unread', 'decision', 'changed'];
/** A tab that comes later missed this much at most while it was drawn. */
const remembersMs = 5000;
const longestPauseMs = 300_000;
let started = false;
/** The id of the event that came last, to this tab or another. */
let last = '';

export function enhance(_root, tools) {
  const place = document.querySelector('[data-live]');
  if (started || !place || !navigator.locks) return;
  started = true;
  const address = place.dataset.live;
  const others = new BroadcastChannel(address);
  const take = ({ id, event }) => {
    last = id || last;
    if (event.count !== undefined) show('[data-inbox-count]', event.count, tools);
    else if (event.unread !== undefined) showUnread(event.unread, tools);
    else document.dispatchEvent(new CustomEvent(event.changed ? 'changed' : 'decision', { detail: event }));
  };
  const recent = [];
  others.addEventListener('message', ({ data }) => {
    if (!data.joins) return take(data);
    for (const { at, told } of recent) if (at > Date.now() - remembersMs) others.postMessage(told);
  });
  others.postMessage({ joins: true });
  const tell = (told) => {
    if (told.event.changed) recent.push({ at: Date.now(), told });
    if (recent.length > 100) recent.shift();
    others.postMessage(told);
    take(told);
  };
  void navigator.locks.request(address, () => {
    listen(address, place.dataset.drawn, tell);
    return new Promise(() => {});
  });
}

/** A browser comes back by itself after a broken line, but not after an answer that is no stream: of a proxy, or a refusal. */
function listen(address, drawn, tell, pauseMs = 2500) {
  const from = new URLSearchParams(last ? { after: last } : { since: drawn });
  const stream = new EventSource(`${address}?${from}`);
  for (const name of names) {
    stream.addEventListener(name, ({ data, lastEventId: id }) => tell({ id, event: JSON.parse(data) }));
  }
  let next = pauseMs;
  stream.addEventListener('open', () => {
    next = 2500;
    document.documentElement.dataset.live = '';
  });
  stream.addEventListener('error', () => {
    if (stream.readyState !== EventSource.CLOSED) return;
    setTimeout(() => listen(address, drawn, tell, Math.min(next * 2, longestPauseMs)), next * (0.5 + Math.random()));
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
