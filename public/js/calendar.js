/*
 * [data-calendar-week]: lists of a week become a grid of hours. [data-zone-suggestion]: offers the browser's time zone.
 * [data-event-form]: shows what counts, and lets the end follow the start.
 */
const pxPerMinute = 40 / 60;
const narrow = matchMedia('(width < 50rem)');
const dismissed = 'calendar-zone-dismissed';

export function enhance(root) {
  for (const week of root.querySelectorAll('[data-calendar-week]')) layOut(week);
  for (const form of root.querySelectorAll('[data-zone-suggestion]')) suggest(form);
  for (const form of root.querySelectorAll('[data-event-form]')) follow(form);
}

function layOut(week) {
  const lists = [...week.querySelectorAll('[data-timed]')];
  const links = [...week.querySelectorAll('[data-timed] a[data-from]')];
  const first = hour(Math.min(8 * 60, ...links.map(({ dataset }) => Number(dataset.from))), Math.floor);
  const last = hour(Math.max(18 * 60, ...links.map(({ dataset }) => Number(dataset.to))), Math.ceil);
  if (lists.length > 0) mark(lists[0], first, last);
  const apply = () => {
    week.classList.toggle('in-hours', !narrow.matches);
    week.style.setProperty('--hours', `${(last - first) / 60}`);
    for (const list of lists) place(list, first);
    const heights = [...week.querySelectorAll('.week-whole')].map((list) => list.scrollHeight);
    week.style.setProperty('--whole-days', `${Math.max(0, ...heights)}px`);
  };
  narrow.addEventListener('change', apply);
  apply();
}

const hour = (minutes, round) => round(minutes / 60) * 60;

/* What overlaps shares the width: each takes the first lane that is free by then. */
function place(list, first) {
  let group = [];
  let until = -1;
  const close = () => {
    const lanes = Math.max(0, ...group.map(({ lane }) => lane)) + 1;
    for (const entry of group) put(entry, lanes, first);
    group = [];
  };
  for (const entry of entriesOf(list)) {
    if (entry.from >= until) close();
    const busy = new Set(group.filter(({ to }) => to > entry.from).map(({ lane }) => lane));
    let lane = 0;
    while (busy.has(lane)) lane += 1;
    group.push({ ...entry, lane });
    until = Math.max(until, entry.to);
  }
  close();
}

function entriesOf(list) {
  const entries = [...list.querySelectorAll('a[data-from]')].map((link) => {
    const from = Number(link.dataset.from);
    // Short ones keep room for a line of words.
    return { link, from, to: Math.max(Number(link.dataset.to), from + 30) };
  });
  return entries.sort((one, other) => one.from - other.from);
}

function put({ link, from, to, lane }, lanes, first) {
  const style = {
    'inset-block-start': `${(from - first) * pxPerMinute}px`,
    'block-size': `${(to - from) * pxPerMinute}px`,
    'inset-inline-start': `calc(var(--gutter) + (100% - var(--gutter)) * ${lane / lanes})`,
    'inline-size': `calc((100% - var(--gutter)) / ${lanes})`,
  };
  for (const [name, value] of Object.entries(style)) {
    if (narrow.matches) link.style.removeProperty(name);
    else link.style.setProperty(name, value);
  }
}

/* Hours for the eye, once; every entry says its time. */
function mark(list, first, last) {
  for (let minutes = first + 60; minutes < last; minutes += 60) {
    const item = document.createElement('li');
    item.className = 'week-hour';
    item.setAttribute('aria-hidden', 'true');
    item.textContent = String(minutes / 60);
    item.style.insetBlockStart = `${(minutes - first) * pxPerMinute}px`;
    list.append(item);
  }
}

function suggest(form) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || zone === form.dataset.zoneSuggestion || localStorage.getItem(dismissed) === zone) return;
  form.elements.timeZone.value = zone;
  form.querySelector('[data-zone-name]').textContent = zone;
  form.hidden = false;
  form.querySelector('[data-zone-dismiss]').addEventListener('click', () => {
    localStorage.setItem(dismissed, zone);
    form.hidden = true;
  });
}

function follow(form) {
  const { allDay, startDate, startTime, endDate, endTime, repeat, ends, scope } = form.elements;
  let length = duration();
  const show = () => {
    for (const time of [startTime, endTime]) time.closest('.field').hidden = allDay.checked;
    for (const part of form.querySelectorAll('[data-when-repeat]'))
      part.hidden = part.dataset.whenRepeat !== repeat.value;
    for (const part of form.querySelectorAll('[data-when-ends]')) {
      part.hidden = repeat.value === 'never' || part.dataset.whenEnds !== ends.value;
    }
    for (const field of [form.elements.interval, ends]) field.closest('.field').hidden = repeat.value === 'never';
    for (const part of form.querySelectorAll('[data-series]')) part.hidden = scope?.value === 'one';
  };

  function duration() {
    const [from, to] = [
      Date.parse(`${startDate.value}T${startTime.value || '00:00'}Z`),
      Date.parse(`${endDate.value}T${endTime.value || '00:00'}Z`),
    ];
    return to - from;
  }

  form.addEventListener('change', (event) => {
    if ([startDate, startTime].includes(event.target) && length >= 0) {
      const to = new Date(Date.parse(`${startDate.value}T${startTime.value || '00:00'}Z`) + length);
      if (!Number.isNaN(to.getTime())) {
        endDate.value = to.toISOString().slice(0, 10);
        if (endTime.value) endTime.value = to.toISOString().slice(11, 16);
      }
    }
    length = duration();
    show();
  });
  show();
}
