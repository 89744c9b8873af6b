/* The agent's message while it grows. Text is shown as text; the server's sanitised HTML replaces it at the end. */
export function createAnswer(element, turn) {
  const { view, form, parts } = turn;
  const text = element.querySelector('[data-text]');
  const calls = new Map();
  let waiting = '';
  let ended = false;
  let known = {};
  /* How many characters have come: a broken line goes on from here. */
  let position = Number(element.dataset.from ?? 0);

  const begin = (data) => {
    known = data;
    element.id = `message-${data.id}`;
    form.dataset.runningStopUrl = data.stopUrl ?? (form.dataset.stopUrl ?? '').replace('{message}', data.id);
  };
  text.dataset.streaming = '';
  element.setAttribute('aria-busy', 'true');
  if (turn.element) begin({ id: element.id.replace('message-', '') });
  // They are told again, and by their ids each stays one.
  element.querySelector('[data-tool-calls]').replaceChildren();

  const flush = () => {
    if (!waiting) return;
    const arrived = waiting;
    waiting = '';
    view.keepEnd(() => text.append(arrived));
  };
  const finish = (words) => {
    flush();
    ended = true;
    delete text.dataset.streaming;
    delete form.dataset.runningStopUrl;
    element.removeAttribute('aria-busy');
    for (const call of element.querySelectorAll('[data-outcome="running"]')) call.remove();
    view.say(words);
  };
  const showWaits = (words) => {
    const place = element.querySelector('[data-waits]');
    place.textContent = words ?? '';
    place.hidden = !words;
  };
  const add = (template) => {
    const copy = parts.fromTemplate(template);
    element.querySelector('.message-actions').before(copy);
    return copy;
  };

  const takes = {
    message(data) {
      begin(data);
      if (data.from !== undefined && data.from !== position) {
        waiting = '';
        text.textContent = '';
        position = data.from;
      }
      if (data.editUrl) parts.offerEdit(element, data.editUrl);
      if (form.elements.after) form.elements.after.value = data.id;
      if (data.action) form.action = data.action;
      if (data.url) history.replaceState(null, '', data.url);
    },
    text(data) {
      // Many small pieces become one change of the page per frame.
      if (!waiting) requestAnimationFrame(flush);
      waiting += data.text;
      position += data.text.length;
    },
    tool(data) {
      flush();
      view.keepEnd(() => parts.showCall(element, calls, data));
      view.say(data.outcome === 'running' ? `Using ${data.label ?? data.name}` : 'Answering');
    },
    citations: (data) => view.keepEnd(() => parts.showSources(element, data.citations ?? data)),
    done(data) {
      finish('The answer is complete');
      if (data.html !== undefined) view.keepEnd(() => parts.swap(text, data.html));
      if (data.citations) parts.showSources(element, data.citations);
      if (data.status === 'stopped') add('stopped');
      if (data.answeredBy) parts.answeredBy(element, data.answeredBy);
      if (data.title) parts.retitle(data.title);
      showWaits(data.waits);
      parts.offerRetry(element, data.retryUrl ?? known.retryUrl);
    },
    failed: (data) => failed(data.message ?? 'The answer could not be finished.', data),
  };

  function failed(message, { requestId, retryUrl = known.retryUrl, html, title, waits } = {}) {
    finish('The answer could not be finished');
    view.keepEnd(() => {
      if (html) parts.swap(text, html);
      const box = add('failure');
      box.querySelector('[data-failure]').textContent = requestId ? `${message} Reference: ${requestId}` : message;
      // Once the question is kept there, sending it again would ask it twice: then only the server's own retry will do.
      if (known.id) box.querySelector('[data-chat-again]').remove();
      else box.querySelector('[data-chat-again]').addEventListener('click', () => turn.again(element));
    });
    if (title) parts.retitle(title);
    showWaits(waits);
    parts.offerRetry(element, retryUrl);
  }

  return {
    take: (event, data) => takes[event]?.(data),
    ended: () => ended,
    streamUrl: () => known.streamUrl ?? element.dataset.streamUrl,
    position: () => position,
    isKept: () => known.id !== undefined,
    failed,
    stopped() {
      finish('Stopped');
      add('stopped');
      parts.offerRetry(element, known.retryUrl);
    },
  };
}
