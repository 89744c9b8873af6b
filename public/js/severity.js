/* The score while metrics are chosen. Without this the button "Show the score" does it. */
export function enhance(root) {
  for (const form of root.querySelectorAll('[data-severity]')) {
    let asked = 0;
    form.addEventListener('change', async () => {
      asked += 1;
      const mine = asked;
      const judged = await judge(form);
      if (judged && mine === asked) show(form, judged);
    });
  }
}

/** Away for a moment: nothing, for the form works as it is. */
async function judge(form) {
  const fields = new URLSearchParams(new FormData(form));
  fields.delete('_csrf');
  const response = await fetch(`${form.dataset.severity}?${fields}`).catch(() => undefined);
  return response?.ok ? response.json() : undefined;
}

function show(form, { vector = '', score, rating, name, errors }) {
  const say = (part, text) => {
    form.querySelector(`[data-severity-${part}]`).textContent = text;
  };
  say('score', score === undefined ? 'not rated' : `${score.toFixed(1)} ${rating}`);
  say('name', name ?? Object.values(errors)[0] ?? '');
  say('vector', vector);
}
