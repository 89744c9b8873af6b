/* The agent's message while it grows. Text is shown as text; the server's sanitised HTML replaces it at the end. */
export function createAnswer(element, turn) {
  const { view, form } = turn;
  const text = element.querySelector('[data-text]');
  const calls = new Map();
  let waiting = '';
  let ended = false;
  let known = {};

  text.dataset.streaming = '';
  element.setAttribute('aria-busy', 'true');

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
    view.say(words);
  };
  const add = (template) => {
    const copy = document
      .querySelector(`template[data-template="${template}"]`)
      .content.firstElementChild.cloneNode(true);
    element.querySelector('.message-actions').before(copy);
    return copy;
  };

  const takes = {
    message(data) {
      known = data;
      if (data.id) element.id = `message-${data.id}`;
      form.dataset.runningStopUrl = data.stopUrl ?? (form.dataset.stopUrl ?? '').replace('{message}', data.id);
      if (data.action) form.action = data.action;
      if (data.url) history.replaceState(null, '', data.url);
    },
    text(data) {
      // Many small pieces become one change of the page per frame.
      if (!waiting) requestAnimationFrame(flush);
      waiting += data.text;
    },
    tool(data) {
      flush();
      view.keepEnd(() => showCall(element, calls, data));
      view.say(data.outcome === 'running' ? `Using ${data.label ?? data.name}` : 'Answering');
    },
    citations: (data) => view.keepEnd(() => showSources(element, data.citations ?? data)),
    done(data) {
      finish('The answer is complete');
      if (data.html !== undefined) view.keepEnd(() => swap(text, data.html));
      if (data.citations) showSources(element, data.citations);
      if (data.status === 'stopped') add('stopped');
      if (data.answeredBy) answeredBy(element, data.answeredBy);
      if (data.title) retitle(data.title);
      offerRetry(element, data.retryUrl ?? known.retryUrl);
    },
    failed: (data) => failed(data.message ?? 'The answer could not be finished.', data),
  };

  function failed(message, { requestId, retryUrl = known.retryUrl } = {}) {
    finish('The answer could not be finished');
    view.keepEnd(() => {
      const box = add('failure');
      box.querySelector('[data-failure]').textContent = requestId ? `${message} Reference: ${requestId}` : message;
      // Once the question is kept there, sending it again would ask it twice: then only the server's own retry will do.
      if (known.id) box.querySelector('[data-chat-again]').remove();
      else box.querySelector('[data-chat-again]').addEventListener('click', () => turn.again(element));
    });
    offerRetry(element, retryUrl);
  }

  return {
    take: (event, data) => takes[event]?.(data),
    ended: () => ended,
    streamUrl: () => known.streamUrl ?? element.dataset.streamUrl,
    /** Forgets what was shown: the same events come again. */
    startOver() {
      waiting = '';
      text.textContent = '';
      calls.clear();
      element.querySelector('[data-tool-calls]').replaceChildren();
    },
    failed,
    stopped() {
      finish('Stopped');
      add('stopped');
      offerRetry(element, known.retryUrl);
    },
  };
}

function showCall(message, calls, data) {
  let call = calls.get(data.id);
  if (!call) {
    call = document.querySelector('template[data-template="tool"]').content.firstElementChild.cloneNode(true);
    calls.set(data.id, call);
    message.querySelector('[data-tool-calls]').append(call);
  }
  const outcome = data.outcome ?? 'running';
  call.dataset.outcome = outcome;
  call.querySelector('[data-tool-name]').textContent = data.label ?? data.name;
  for (const mark of call.querySelectorAll('[data-when]')) mark.hidden = mark.dataset.when !== outcome;
  if (data.arguments !== undefined) {
    call.querySelector('[data-tool-brief]').textContent = data.brief ?? brief(data.arguments);
    call.querySelector('[data-tool-arguments]').textContent = pretty(data.arguments);
  }
  if (data.result !== undefined && data.result !== null)
    call.querySelector('[data-tool-result]').textContent = pretty(data.result);
  if (data.durationMs !== undefined && data.durationMs !== null)
    call.querySelector('[data-tool-time]').textContent = `${data.durationMs} ms`;
}

const pretty = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));
const brief = (value) => (typeof value === 'string' ? value : Object.values(value).map(String).join(', '));

function showSources(message, citations) {
  const place = message.querySelector('[data-sources]');
  const list = place.querySelector('ol');
  list.replaceChildren();
  for (const citation of citations) {
    const row = document.querySelector('template[data-template="source"]').content.firstElementChild.cloneNode(true);
    const [chip, title] = row.querySelectorAll('a');
    chip.textContent = citation.number;
    chip.setAttribute('aria-label', `Source ${citation.number}`);
    title.querySelector('bdi').textContent = citation.title;
    chip.href = citation.href;
    title.href = citation.href;
    list.append(row);
  }
  place.hidden = citations.length === 0;
}

function offerRetry(message, url) {
  const form = message.querySelector('form[data-chat-turn]');
  if (!form || !url) return;
  form.action = url;
  form.hidden = false;
}

function swap(text, html) {
  const prose = document.createElement('div');
  prose.className = 'prose';
  prose.dir = 'auto';
  prose.dataset.body = '';
  prose.innerHTML = html;
  text.replaceWith(prose);
}

function answeredBy(message, name) {
  const note = document.createElement('span');
  note.className = 'muted answered-by';
  note.textContent = `Answered by ${name}`;
  message.querySelector('.message-actions').prepend(note);
}

function retitle(title) {
  const current = document.querySelector('[data-conversation][aria-current] [data-conversation-title]');
  if (current) current.textContent = title;
  const heading = document.querySelector('h1[data-title]');
  if (heading) heading.textContent = title;
}
