/*
 * A board whose cards are moved by dragging, or by Shift and the arrow keys; the arrow keys alone go from card to card.
 * The card moves at once and goes back when the server refuses. Without this, each card's "Move" opens a form.
 */
let board;
let tools;
let dragged;
let room;
/** Moves are told one after another, so that they end as they were made. */
let told = Promise.resolve();
let underway = 0;

export function enhance(root, given) {
  const found = root.querySelector('[data-board][data-movable]');
  if (!found || found === board) return;
  board = found;
  tools = given;
  for (const [name, act] of Object.entries({ dragstart, dragover, drop, dragend, keydown }))
    board.addEventListener(name, act);
}

function dragstart(event) {
  dragged = event.target.closest?.('[data-task]');
  if (!dragged) return;
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData('text/plain', dragged.querySelector('a').href);
  dragged.dataset.dragged = '';
}

function dragover(event) {
  const column = event.target.closest('[data-column]');
  if (!dragged || !column) return;
  event.preventDefault();
  const before = placeAt(column, event.clientY);
  if (room?.parentElement === column.querySelector('[data-cards]') && room.nextElementSibling === before) return;
  unmark();
  column.dataset.over = '';
  room = roomFor(dragged);
  column.querySelector('[data-cards]').insertBefore(room, before);
}

/** Where the card would come to stand. */
function roomFor(card) {
  const made = document.createElement('li');
  made.className = 'board-room';
  made.setAttribute('aria-hidden', 'true');
  made.style.blockSize = `${card.offsetHeight}px`;
  return made;
}

function drop(event) {
  const column = event.target.closest('[data-column]');
  if (!dragged || !column) return;
  event.preventDefault();
  const next = placeAt(column, event.clientY);
  const moving = dragged;
  dragend();
  void move(moving, column, next === moving ? nextOf(moving) : next);
}

function dragend() {
  unmark();
  if (dragged) delete dragged.dataset.dragged;
  dragged = undefined;
}

function unmark() {
  room?.remove();
  room = undefined;
  for (const mark of board.querySelectorAll('[data-over]')) delete mark.dataset.over;
}

/** The first card whose middle is below the pointer; null for the end. */
function placeAt(column, y) {
  const below = cardsOf(column).find((card) => {
    const { top, height } = card.getBoundingClientRect();
    return y < top + height / 2;
  });
  return below ?? null;
}

const cardsOf = (column) => [...column.querySelectorAll('[data-cards] > [data-task]')];
const nextOf = (card) =>
  cardsOf(card.closest('[data-column]')).at(cardsOf(card.closest('[data-column]')).indexOf(card) + 1) ?? null;
const columns = () => [...board.querySelectorAll('[data-column]')];

const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

function keydown(event) {
  const step = steps[event.key];
  const card = event.target.closest('[data-task]');
  if (!step || !card || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const all = columns();
  const column = card.closest('[data-column]');
  const other = all[all.indexOf(column) + step[0]];
  if (event.shiftKey) return moveBy(card, step[0] ? other : column, step);
  const index = cardsOf(column).indexOf(card);
  const beside = step[0] ? nearest(other, index) : cardsOf(column)[index + step[1]];
  beside?.querySelector('a').focus();
}

const nearest = (column, index) => column && (cardsOf(column)[index] ?? cardsOf(column).at(-1));

function moveBy(card, column, [across, down]) {
  if (!column) return;
  if (across) return void move(card, column, cardsOf(column)[0] ?? null);
  const passed = down < 0 ? card.previousElementSibling : card.nextElementSibling;
  if (passed) void move(card, column, down < 0 ? passed : passed.nextElementSibling);
}

/** Puts a card in front of `next`, or at the end, and tells the server beside which it stands now. */
async function move(card, column, next, isUndo = false) {
  const from = { column: card.closest('[data-column]'), next: nextOf(card) };
  if (from.column === column && from.next === next) return;
  const focused = document.activeElement?.closest('[data-task]') === card;
  put(card, column, next);
  if (focused) card.querySelector('a').focus();
  const place = cardsOf(column).indexOf(card) + 1;
  const answer = await tell(card, column);
  if (answer?.ok) return say(card, { column, place, from: isUndo ? undefined : from });
  put(card, from.column, from.next);
  if (focused) card.querySelector('a').focus();
  tools.announce('The task could not be moved. Reload to see where it stands.');
}

function put(card, column, next) {
  const old = card.closest('[data-column]');
  column.querySelector('[data-cards]').insertBefore(card, next);
  for (const [each, change] of [
    [old, -1],
    [column, 1],
  ]) {
    each.querySelector('[data-none]').hidden = cardsOf(each).length > 0;
    const count = each.querySelector('[data-count]');
    if (old !== column) count.textContent = Number(count.textContent) + change;
  }
}

function tell(card, column) {
  const [before, after] = [card.previousElementSibling, card.nextElementSibling];
  const beside = before ? ['after', before] : after ? ['before', after] : ['top'];
  const fields = new URLSearchParams({ status: column.dataset.column, place: beside[0], _csrf: tools.csrfToken() });
  if (beside[1]) fields.set('neighbour', beside[1].dataset.task);
  const address = `${board.dataset.move}/${card.dataset.task}/place`;
  const busy = board;
  underway += 1;
  busy.dataset.busy = '';
  const answer = told.then(() => fetch(address, { method: 'POST', body: fields })).catch(() => undefined);
  told = answer.then(() => {
    underway -= 1;
    if (underway > 0) return;
    delete busy.dataset.busy;
    document.dispatchEvent(new CustomEvent('live-settled'));
  });
  return answer;
}

function say(card, { column, place, from }) {
  const title = card.querySelector('a').textContent.trim();
  const where = column.querySelector('h2').textContent.trim();
  document.querySelector('[data-board-status]').textContent = `${title}: ${where}, place ${place}.`;
  if (!from || from.column === column) return;
  tools.announce(`Moved to ${where}.`, { label: 'Undo', run: () => takeBack(card, from) });
}

/** Where it came from, or the top of that column when what stood below it is not there any more. */
function takeBack({ id }, from) {
  const card = document.getElementById(id);
  const column = board.querySelector(`[data-column="${from.column.dataset.column}"]`);
  if (!card || !column) return tools.announce('The task is not on this board any more.');
  const next = from.next && document.getElementById(from.next.id);
  const stands = next?.closest('[data-column]') === column;
  void move(card, column, stands ? next : from.next ? (cardsOf(column)[0] ?? null) : null, true);
}

/* A new task at the top of its column, without leaving the board. */
document.addEventListener(
  'submit',
  async (event) => {
    const form = event.target.closest('form[data-quick-add]');
    if (!form || event.defaultPrevented) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) }).catch(
      () => undefined,
    );
    // What this way did not do, the plain one may, and says why not.
    if (!answer?.ok) return form.submit();
    form.reset();
    form.elements.title.focus();
    document.dispatchEvent(new CustomEvent('changed', { detail: { changed: ['task'] } }));
  },
  true,
);

document.addEventListener(
  'toggle',
  ({ target }) => {
    if (target.open) target.querySelector('form[data-quick-add] .input')?.focus();
  },
  true,
);
