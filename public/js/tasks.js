/* Days are days of a calendar: what is late, or due today, is so by the reader's own. The server's words are by its guess. */
const dayMs = 86_400_000;
const near = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const far = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

let tools;

export function enhance(root, given) {
  tools = given;
  const now = new Date();
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  for (const mark of root.querySelectorAll('[data-due]')) {
    const day = new Date(mark.dataset.due);
    const days = Math.round((day - today) / dayMs);
    const late = days < 0 && mark.dataset.finished === undefined;
    const time = mark.querySelector('time');
    const text = late ? lateWords(-days) : dueWords(day, days, now.getFullYear());
    mark.classList.toggle('late', late);
    if (time.textContent !== text) time.textContent = text;
  }
}

const lateWords = (days) => (days === 1 ? '1 day late' : `${days} days late`);

function dueWords(day, days, year) {
  if (days === 0) return 'Due today';
  if (days === 1) return 'Due tomorrow';
  if (days > 1 && days < 7) return `Due in ${days} days`;
  return `Due ${(day.getUTCFullYear() === year ? near : far).format(day)}`;
}

/* In a panel over the list, a form of a task is sent without leaving the list, and the panel shows what came of it. */
document.addEventListener('submit', async (event) => {
  const form = event.target;
  const body = form.closest('dialog.panel .panel-body');
  if (!body || event.defaultPrevented || !form.matches('[data-stays]')) return;
  event.preventDefault();
  const button = event.submitter;
  if (button) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const content = page.querySelector('main');
    if (!content?.querySelector('.task-page')) throw new Error('not a task');
    const said = content.querySelector('[data-notice]');
    if (said?.textContent.trim()) tools.announce(said.textContent.trim());
    said?.remove();
    body.replaceChildren(...document.adoptNode(content).childNodes);
    await tools.enhance(body);
    body.querySelector('[data-error-summary]')?.focus();
  } catch {
    // What this way did not do, the plain one may, and says why not.
    form.submit();
  }
});
