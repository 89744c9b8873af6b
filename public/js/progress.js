/* One file's row: shows a stage, and asks the server about it until it is done or failed. */
const stages = ['sending', 'reading', 'chunking', 'indexing'];
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function show(row, { stage, progress, failure, href }) {
  const reached = stages.indexOf(stage);
  row.dataset.stage = stage;
  for (const word of row.querySelectorAll('[data-when]')) word.hidden = word.dataset.when !== stage;
  row.querySelector('[data-percent]').textContent = reached >= 0 ? `${progress} %` : '';
  row.querySelector('[data-failure]').textContent = failure ?? '';
  stages.forEach((name, index) => {
    row.querySelector(`[data-segment="${name}"]`).value = index < reached ? 100 : index === reached ? progress : 0;
  });
  const open = row.querySelector('[data-open]');
  open.hidden = !href || stage !== 'done';
  if (href) open.href = href;
}

/** Resolves with the last answer: { stage: 'done' | 'failed', ... }. A lost connection is asked again, ever more slowly. */
export async function follow(row) {
  let wait = 400;
  for (;;) {
    const answer = await ask(row.dataset.statusUrl);
    if (!row.isConnected) return { stage: 'left' };
    if (answer) {
      show(row, answer);
      if (answer.stage === 'done' || answer.stage === 'failed') return answer;
      wait = Math.min(wait * 1.2, 2000);
    } else {
      wait = Math.min(wait * 2, 15_000);
    }
    await pause(wait);
  }
}

async function ask(url) {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' } });
    if (response.status === 404) return { stage: 'failed', progress: 0, failure: 'It was deleted.' };
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
