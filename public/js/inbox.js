/* The count beside Inbox, live. Tabs share one stream: the one that holds the lock listens and tells the others. */
let started = false;

export function enhance(_root, tools) {
  const mark = document.querySelector('[data-inbox-count]');
  if (started || !mark || !navigator.locks) return;
  started = true;
  const address = mark.dataset.events;
  const others = new BroadcastChannel(address);
  const take = (event) => {
    if (event.count !== undefined) show(mark, event.count, tools);
    else document.dispatchEvent(new CustomEvent('decision', { detail: event }));
  };
  others.addEventListener('message', ({ data }) => take(data));
  void navigator.locks.request(address, () => {
    const stream = new EventSource(address);
    for (const name of ['count', 'decision']) {
      stream.addEventListener(name, ({ data }) => {
        const event = JSON.parse(data);
        others.postMessage(event);
        take(event);
      });
    }
    return new Promise(() => {});
  });
}

function show(mark, count, tools) {
  const number = mark.querySelector('[data-count]');
  const before = Number(number.textContent);
  number.textContent = count;
  mark.hidden = count === 0;
  if (count > before) tools.announce(count === 1 ? 'One decision waits for you' : `${count} decisions wait for you`);
}
