/*
 * [data-live-on="task page:<id>"]: a part of a page that shows such things. When one of them changes, the page asks for
 * itself again and takes that part, with focus and all that is open as they were. While somebody types in it nothing is
 * taken: a bar offers it. While a card is on its way the part waits.
 */
const togetherMs = 150;
const leastMs = 1000;
const laterMs = 5000;
/** The page's own address: a panel over it puts another one into the bar. */
const here = location.href;
const stale = new Set();
let tools;
let timer;
let lastAt = 0;

export function enhance(_root, given) {
  tools = given;
}

document.addEventListener('changed', ({ detail }) => {
  for (const region of document.querySelectorAll('[data-live-on]')) if (concerns(region, detail.changed)) mark(region);
});

function concerns(region, changed) {
  const shown = region.dataset.liveOn.split(' ');
  return changed.some((each) => each === '*' || shown.includes(each) || shown.includes(each.split(':')[0]));
}

function mark(region) {
  stale.add(region.id);
  schedule();
}

function schedule() {
  if (timer || document.hidden) return;
  // Not all who look at it ask in the same moment.
  const wait = togetherMs + Math.random() * togetherMs;
  timer = setTimeout(refresh, Math.max(wait, lastAt + leastMs - Date.now()));
}

for (const name of ['dragend', 'live-settled', 'visibilitychange'])
  document.addEventListener(name, () => stale.size > 0 && schedule());

async function refresh() {
  timer = undefined;
  lastAt = Date.now();
  const regions = [...stale].map((id) => document.getElementById(id)).filter(Boolean);
  stale.clear();
  const free = [];
  for (const region of regions) {
    if (isBusy(region)) stale.add(region.id);
    else if (isTypedIn(region)) offer(region);
    else free.push(region);
  }
  for (const address of new Set(free.map(sourceOf)))
    await take(
      address,
      free.filter((region) => sourceOf(region) === address),
    );
}

const isBusy = (region) =>
  region.matches('[data-busy]') || region.querySelector('[data-busy], [data-dragged]') !== null;

function sourceOf(region) {
  const panel = region.closest('dialog.panel');
  const address = new URL(region.dataset.liveFrom ?? panel?.querySelector('.panel-head a').href ?? here, here);
  address.hash = '';
  return address.href;
}

const fields = 'input:not([type="hidden"]), textarea, select';

function isTypedIn(region) {
  const active = document.activeElement;
  const all = [...region.querySelectorAll(fields)].filter((field) => !field.closest('[data-live-keep]'));
  return all.some((field) => (field === active && !field.matches('[type="checkbox"]')) || isChanged(field));
}

function isChanged(field) {
  if (field.matches('select')) return [...field.options].some((option) => option.selected !== wasSelected(option));
  return field.matches('[type="checkbox"], [type="radio"]')
    ? field.checked !== field.defaultChecked
    : field.value !== field.defaultValue;
}

function wasSelected(option) {
  const { options, multiple } = option.closest('select');
  return (
    option.defaultSelected || (!multiple && option.index === 0 && ![...options].some((each) => each.defaultSelected))
  );
}

async function take(address, regions) {
  const answer = await fetch(address, { headers: { accept: 'text/html', 'live-part': 'main' } }).catch(() => undefined);
  if (answer && (answer.redirected || [403, 404].includes(answer.status)))
    return offer(regions[0], 'This is not here any more.');
  // The line is down, or the server is busy: what changed is told once, so that it is asked for until it is here.
  if (!answer?.ok) return later(regions);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const { morph } = await tools.load('morph');
  for (const region of regions) {
    const next = page.getElementById(region.id);
    if (next && region.isConnected) await swap(region, next, morph);
  }
}

function later(regions) {
  for (const region of regions) stale.add(region.id);
  setTimeout(schedule, laterMs * (0.5 + Math.random()));
}

async function swap(region, next, morph) {
  // What was asked for before a card was moved knows nothing of it.
  if (isBusy(region)) return void stale.add(region.id);
  if (isTypedIn(region)) return offer(region);
  const focus = focusIn(region);
  const before = words(region);
  morph(region, next);
  forget(region);
  await tools.enhance(region.parentElement);
  focus?.();
  const said = region.querySelector(':scope > [data-live-said]');
  if (said && words(region) !== before) said.textContent = 'What is shown here has changed.';
}

const words = (region) => region.textContent.replace(/\s+/g, ' ');

/** Fields are what the page says again. */
function forget(region) {
  for (const form of region.querySelectorAll('form')) if (!form.closest('[data-live-keep]')) form.reset();
}

/** How to bring the focus back: to what had it, or, when that is gone, to what stands in its place now. */
function focusIn(region) {
  const had = document.activeElement;
  if (!had || had === region || !region.contains(had)) return undefined;
  const item = had.closest('li, tr');
  const list = item?.parentElement;
  const index = list ? [...list.children].indexOf(item) : -1;
  return () => {
    if (had.isConnected) return void (had === document.activeElement || had.focus({ preventScroll: true }));
    const beside = list?.isConnected ? (list.children[index] ?? list.lastElementChild) : undefined;
    (beside?.querySelector('a, button') ?? region).focus({ preventScroll: true });
  };
}

/** A calm bar: what was typed stays until its person asks for what is new. */
function offer(region, text = 'Somebody changed this while you are writing.') {
  const place = region.closest('dialog') ?? document.body;
  const bar = place.querySelector(':scope > .live-bar') ?? newBar(place);
  bar.querySelector('p').textContent = text;
  bar.regions.add(region);
}

function newBar(place) {
  const bar = document.createElement('div');
  bar.className = 'live-bar';
  bar.regions = new Set();
  const text = document.createElement('p');
  text.setAttribute('role', 'status');
  bar.append(
    text,
    button('Show', show),
    button('Not now', () => bar.remove(), 'quiet'),
  );
  place.append(bar);
  return bar;

  async function show() {
    bar.remove();
    for (const region of bar.regions) {
      // What was typed in it goes: that is what was asked for.
      forget(region);
      if (region.contains(document.activeElement)) document.activeElement.blur();
      await take(sourceOf(region), [region]);
    }
  }
}

function button(label, act, kind = '') {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = `button compact ${kind}`.trim();
  made.textContent = label;
  made.addEventListener('click', act);
  return made;
}
