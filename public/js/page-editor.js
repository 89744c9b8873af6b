/*
 * form[data-page-editor]: while somebody types, the server renders the preview and keeps their draft. Nothing is asked when the
 * page is left, because nothing is lost: what is not kept yet is sent on the way out.
 */
const previewMs = 400;
const draftMs = 1200;
/** More than this a browser does not send for a page that is closing. */
const mostOnLeaving = 60_000;

export function enhance(root, tools) {
  for (const form of root.querySelectorAll('form[data-page-editor]:not([data-editing])')) edit(form, tools);
}

function edit(form, tools) {
  form.dataset.editing = '';
  const state = form.querySelector('[data-draft-state]');
  const typed = () => new URLSearchParams(new FormData(form));
  let kept = typed().toString();
  let leaving = false;
  const preview = newPreview(form, tools);

  const keep = async (signal) => {
    const body = typed();
    if (leaving || body.toString() === kept) return;
    state.textContent = 'Keeping your draft…';
    const done = await send(form.dataset.draftUrl, body, { signal });
    if (leaving) return;
    if (done) kept = body.toString();
    state.textContent = done ? 'Draft kept' : 'Your draft could not be kept. Copy your text before you leave.';
  };
  const keepSoon = debounced(keep, draftMs);

  form.addEventListener('input', () => {
    if (state.textContent === 'Draft kept') state.textContent = '';
    preview();
    keepSoon();
  });
  // The save takes the draft away; one that arrives after it must not bring it back.
  form.addEventListener('submit', () => {
    leaving = true;
    keepSoon.cancel();
  });
  addEventListener('pageshow', () => {
    leaving = false;
  });
  const keepAtOnce = () => {
    const body = typed();
    if (leaving || body.toString() === kept) return;
    keepSoon.cancel();
    kept = body.toString();
    void send(form.dataset.draftUrl, body, { keepalive: kept.length < mostOnLeaving });
  };
  // Asks nothing. The first is before the next page is asked for; a phone that puts a page away tells of it by the last.
  addEventListener('beforeunload', keepAtOnce);
  addEventListener('pagehide', keepAtOnce);
  document.addEventListener('visibilitychange', () => document.hidden && keepAtOnce());
  form.addEventListener('keydown', (event) => {
    if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector('button.primary'));
  });
  preview.now();
}

/** Shows how the text would look; a newer text ends the question for an older one. */
function newPreview(form, tools) {
  const place = form.querySelector('[data-preview]');
  const shown = place.querySelector('[data-preview-text]');
  let last;
  const show = async (signal) => {
    const { value } = form.elements.namedItem('body');
    if (value === last) return;
    const body = new URLSearchParams({ body: value, space: form.dataset.space, _csrf: tools.csrfToken() });
    const answer = await send(form.dataset.previewUrl, body, { signal });
    if (!answer) return;
    last = value;
    place.hidden = value.trim() === '';
    const prose = document.createElement('div');
    prose.className = 'prose';
    prose.dir = 'auto';
    // It comes from the one sanitiser, as the page itself will.
    prose.innerHTML = answer.html;
    shown.replaceChildren(prose);
  };
  const soon = debounced(show, previewMs);
  soon.now = () => void show();
  return soon;
}

function debounced(run, ms) {
  let timer;
  let current;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      current?.abort();
      current = new AbortController();
      void run(current.signal);
    }, ms);
  };
  later.cancel = () => {
    clearTimeout(timer);
    current?.abort();
  };
  return later;
}

async function send(address, body, options) {
  try {
    const response = await fetch(address, {
      method: 'POST',
      body,
      headers: { accept: 'application/json' },
      ...options,
    });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
