/* Keeps "3 minutes ago" true while the page stays open, and adds the reader's own time to the server's UTC. */
const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const local = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});
/* The server's own steps (http/wording.ts), so that a page does not change its words when script arrives. */
const units = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

function relative(instant) {
  const seconds = Math.round((instant - Date.now()) / 1000);
  const unit = units.find(([, length]) => Math.abs(seconds) >= length);
  return unit ? words.format(Math.trunc(seconds / unit[1]), unit[0]) : 'just now';
}

function refresh(root) {
  for (const time of root.querySelectorAll('time[data-relative]')) {
    const instant = new Date(time.dateTime);
    const text = relative(instant);
    if (time.textContent !== text) time.textContent = text;
    time.title = local.format(instant);
  }
}

export function enhance(root) {
  refresh(root);
  for (const time of root.querySelectorAll('time[data-exact]')) {
    delete time.dataset.exact;
    const here = document.createElement('span');
    here.className = 'muted';
    here.textContent = `${local.format(new Date(time.dateTime))} where you are`;
    time.after(here);
  }
}

setInterval(() => document.hidden || refresh(document), 30_000);
document.addEventListener('visibilitychange', () => document.hidden || refresh(document));
