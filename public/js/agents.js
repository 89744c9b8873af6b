/* The test panel beside an agent's form: the question goes along with the form as it stands, and only the answer is replaced. */
let asking;

export function enhance(root, tools) {
  const panel = root.querySelector('[data-trial]');
  const button = panel?.querySelector('[data-trial-ask]');
  if (!button || panel.dataset.enhanced !== undefined) return;
  panel.dataset.enhanced = '';
  button.addEventListener('click', (event) => {
    event.preventDefault();
    void ask(panel, button, tools);
  });
  panel.querySelector('[data-trial-stop]').addEventListener('click', () => asking?.abort());
  panel.querySelector('textarea').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    button.click();
  });
}

async function ask(panel, button, tools) {
  if (asking) return;
  const [stop, state] = ['[data-trial-stop]', '[data-trial-state]'].map((name) => panel.querySelector(name));
  const place = panel.querySelector('[data-trial-answer]');
  asking = new AbortController();
  const began = Date.now();
  const clock = setInterval(() => show(state, began), 1000);
  button.disabled = true;
  stop.hidden = false;
  state.textContent = 'Asking the draft';
  try {
    const response = await fetch(button.formAction, {
      method: 'POST',
      headers: { accept: 'text/html' },
      body: new URLSearchParams(new FormData(button.form)),
      signal: asking.signal,
    });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const answer = page.querySelector('[data-trial-result]') ?? page.querySelector('[data-error-summary]');
    if (!answer) throw new Error('no answer');
    answer.removeAttribute('autofocus');
    place.replaceChildren(document.adoptNode(answer));
    state.textContent = '';
    await tools.enhance(place);
    answer.focus();
  } catch {
    state.textContent = asking.signal.aborted ? 'Stopped. Nothing was kept.' : 'No answer came. Try again.';
  } finally {
    clearInterval(clock);
    asking = undefined;
    button.disabled = false;
    stop.hidden = true;
  }
}

function show(state, began) {
  state.textContent = `Asking the draft, ${Math.round((Date.now() - began) / 1000)} s`;
}
