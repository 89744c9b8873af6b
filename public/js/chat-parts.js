/* The parts of an agent's message, made from the templates that the server wrote with its own partials. */
export function fromTemplate(name) {
  return document.querySelector(`template[data-template="${name}"]`).content.firstElementChild.cloneNode(true);
}

export function showCall(message, calls, data) {
  let call = calls.get(data.id);
  if (!call) {
    call = fromTemplate('tool');
    calls.set(data.id, call);
    message.querySelector('[data-tool-calls]').append(call);
  }
  const outcome = data.outcome ?? 'running';
  showDecision(call, data.decision, outcome);
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

/* The card of a call that a person is asked about. */
function showDecision(call, decision, outcome) {
  const next = call.nextElementSibling;
  const known = next?.matches('[data-tool-decision]') ? next : undefined;
  if (!decision || outcome !== 'waiting') return known?.remove();
  const card = known ?? fromTemplate('decision');
  if (!known) call.after(card);
  card.querySelector('[data-decision-link]').href = decision.href;
  card.querySelector('[data-decision-summary]').textContent = decision.summary;
  card.querySelector('[data-decision-risk]').textContent = decision.risk;
}

const pretty = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));
const brief = (value) => (typeof value === 'string' ? value : Object.values(value).map(String).join(', '));

export function showSources(message, citations) {
  const place = message.querySelector('[data-sources]');
  const list = place.querySelector('ol');
  list.replaceChildren();
  for (const citation of citations) {
    const row = fromTemplate('source');
    const [chip, title] = row.querySelectorAll('a');
    chip.textContent = citation.number;
    title.querySelector('bdi').textContent = citation.title;
    if (citation.href) {
      chip.setAttribute('aria-label', `Source ${citation.number}`);
      chip.href = citation.href;
      title.href = citation.href;
    } else {
      // The document is gone: what was said of it stays, the way to it does not.
      for (const link of [chip, title]) link.removeAttribute('data-panel');
      title.append(` ${citation.note ?? ''}`);
    }
    list.append(row);
  }
  place.hidden = citations.length === 0;
}

export function offerRetry(message, url) {
  const form = message.querySelector('form[data-chat-turn]');
  if (!form || !url) return;
  form.action = url;
  form.hidden = false;
}

export function swap(text, html) {
  const prose = document.createElement('div');
  prose.className = 'prose';
  prose.dir = 'auto';
  prose.dataset.body = '';
  prose.innerHTML = html;
  text.replaceWith(prose);
  addCodeCopies(prose);
}

let blocks = 0;

/* Each block of code can be copied by itself. */
export function addCodeCopies(root) {
  for (const code of root.querySelectorAll(root.matches('[data-body]') ? 'pre' : '[data-body] pre')) {
    blocks += 1;
    code.id = `code-${blocks}`;
    const block = fromTemplate('code');
    block.querySelector('[data-copy]').dataset.copy = code.id;
    code.replaceWith(block);
    block.prepend(code);
  }
}

/* The question before an answer got its place only now. */
export function offerEdit(answer, url) {
  const link = answer.previousElementSibling?.querySelector('[data-edit]');
  if (!link) return;
  link.href = url;
  link.hidden = false;
}

export function answeredBy(message, name) {
  const note = document.createElement('span');
  note.className = 'muted answered-by';
  note.textContent = `Answered by ${name}`;
  message.querySelector('.message-actions').prepend(note);
}

export function retitle(title) {
  const current = document.querySelector('[data-conversation][aria-current] [data-conversation-title]');
  if (current) current.textContent = title;
  const heading = document.querySelector('h1[data-title]');
  if (heading) heading.textContent = title;
}
