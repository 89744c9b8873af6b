/*
 * form[data-chat]: the question is sent by fetch and the answer arrives as events (message, text, tool, citations, done, failed).
 * Forms with data-chat-turn inside the thread (try again) run a turn the same way, without a new question.
 */
export async function enhance(root, tools) {
  const form = root.querySelector('form[data-chat]');
  const thread = document.querySelector('[data-thread]');
  if (!form || !thread) return;
  const [{ runTurn }, { addCodeCopies }, { editing }] = await Promise.all(
    ['chat-turn', 'chat-parts', 'chat-edit'].map(tools.load),
  );
  const text = form.querySelector('[data-chat-text]');
  const view = controls(form, thread);
  let stop;
  let moved = false;

  const run = async (turn) => {
    if (stop) return;
    stop = new AbortController();
    view.running(true);
    const kept = await runTurn({
      form,
      thread,
      view,
      tools,
      signal: stop.signal,
      again: (failed) => void run({ ...turn, replaces: failed }),
      ...turn,
    });
    stop = undefined;
    view.running(false);
    // What stands beside what, only the server knows.
    if (moved || (kept && turn.branches)) void refresh();
    else turn.refused?.();
    if (!matchMedia('(pointer: coarse)').matches) text.focus();
  };

  const follow = () => {
    const running = thread.querySelector('[data-message][data-stream-url]');
    if (running) void run({ element: running, action: running.dataset.streamUrl });
  };
  follow();
  addCodeCopies(thread);
  const edit = editing({ form, thread, text });
  document.querySelector('[data-attach]')?.addEventListener('change', ({ currentTarget: attach }) => {
    attach.querySelector('[data-attach-words]').textContent = 'Reading the file';
    attach.requestSubmit();
  });

  /* A call that had waited was decided, or the agent went on by itself: the thread is shown as it is now. */
  const refresh = async () => {
    moved = Boolean(stop);
    if (stop) return;
    const response = await fetch(location.href, { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = page.querySelector('[data-thread]');
    if (!response.ok || !fresh || stop) return;
    // A thread grows at its end, so that what was open keeps its place.
    const opened = [...thread.querySelectorAll('details')].map(({ open }) => open);
    view.keepEnd(() => thread.replaceChildren(...fresh.children));
    for (const [at, part] of thread.querySelectorAll('details').entries()) part.open ||= opened[at] ?? false;
    addCodeCopies(thread);
    await tools.enhance(thread);
    follow();
  };
  document.addEventListener('decision', ({ detail }) => {
    if (detail.conversationId && location.pathname.endsWith(`/conversations/${detail.conversationId}`)) void refresh();
  });

  /* What was said while the line was broken is not known: it may have been the decision. */
  document.addEventListener('changed', ({ detail }) => {
    if (detail.changed.includes('*') && thread.querySelector('[data-outcome="waiting"]')) void refresh();
  });

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const question = text.value.trim();
    if (!question || stop) return;
    const body = new URLSearchParams(new FormData(form));
    text.value = '';
    text.dispatchEvent(new Event('input'));
    void run({ question, body, action: form.action, ...edit.take() });
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open], :popover-open'))
      return;
    if (stop) void stopTurn(form, tools, stop);
    else edit.cancel();
  });

  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  thread.addEventListener('submit', (event) => {
    const again = event.target.closest('form[data-chat-turn]');
    if (!again) return;
    event.preventDefault();
    void run({
      body: new URLSearchParams(new FormData(again)),
      action: again.action,
      replaces: again.closest('[data-message]'),
      branches: true,
    });
  });

  form.querySelector('[data-chat-stop]').addEventListener('click', () => void stopTurn(form, tools, stop));
}

/* Asks the server to stop, which ends the stream with what was said so far; only if that fails is the line cut here. */
async function stopTurn(form, tools, stop) {
  const url = form.dataset.runningStopUrl;
  const answer =
    url && (await fetch(url, { method: 'POST', headers: { 'csrf-token': tools.csrfToken() } }).catch(() => undefined));
  if (!answer?.ok) stop?.abort();
}

function controls(form, thread) {
  const send = form.querySelector('[data-chat-send]');
  const stop = form.querySelector('[data-chat-stop]');
  const latest = form.querySelector('[data-latest]');
  const status = form.querySelector('[data-chat-status]');
  const page = document.scrollingElement;
  let following = true;
  const atEnd = () => page.scrollHeight - page.scrollTop - innerHeight < 80;
  const toEnd = () => page.scrollTo({ top: page.scrollHeight });

  addEventListener(
    'scroll',
    () => {
      following = atEnd();
      latest.hidden = following;
    },
    { passive: true },
  );
  latest.addEventListener('click', toEnd);
  if (!location.hash && thread.childElementCount > 0) toEnd();

  return {
    running(on) {
      send.hidden = on;
      stop.hidden = !on;
    },
    say(words) {
      status.textContent = words;
    },
    toEnd,
    /** Runs a change and keeps the end in sight, unless the reader has scrolled up to read. */
    keepEnd(change) {
      const stay = following;
      change();
      if (stay) toEnd();
    },
  };
}
