/*
 * A board whose cards are moved by dragging, or by Shift and the arrow keys; the arrow keys alone go from card to card.
 * The card moves at once and goes back when the server refuses. Without this, each card's "Move" opens a form.
 */
let board;
let tools;
let dragged;

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
  unmark();
  column.dataset.over = '';
  const { card, side } = placeAt(column, event.clientY);
  if (card) card.dataset.drop = side;
}

function drop(event) {
  const column = event.target.closest('[data-column]');
  if (!dragged || !column) return;
  event.preventDefault();
  const { card, side } = placeAt(column, event.clientY);
  const next = side === 'after' ? (card?.nextElementSibling ?? null) : card;
  const moving = dragged;
  dragend();
  void move(moving, column, next === moving ? moving.nextElementSibling : next);
}

function dragend() {
  unmark();
  if (dragged) delete dragged.dataset.dragged;
  dragged = undefined;
}

function unmark() {
  for (const mark of board.querySelectorAll('[data-drop]')) delete mark.dataset.drop;
  for (const mark of board.querySelectorAll('[data-over]')) delete mark.dataset.over;
}

/** Before the first card whose middle is below the pointer, or after the last one. */
function placeAt(column, y) {
  const all = [...cardsOf(column)];
  const below = all.find((card) => {
    const { top, height } = card.getBoundingClientRect();
    return y < top + height / 2;
  });
  return below ? { card: below, side: 'before' } : { card: all.at(-1), side: 'after' };
}

const cardsOf = (column) => column.querySelector('[data-cards]').children;
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
  const index = [...cardsOf(column)].indexOf(card);
  const beside = step[0] ? nearest(other, index) : cardsOf(column)[index + step[1]];
  beside?.querySelector('a').focus();
}

const nearest = (column, index) => column && (cardsOf(column)[index] ?? cardsOf(column)[cardsOf(column).length - 1]);

function moveBy(card, column, [across, down]) {
  if (!column) return;
  if (across) return void move(card, column, cardsOf(column)[0] ?? null);
  const passed = down < 0 ? card.previousElementSibling : card.nextElementSibling;
  if (passed) void move(card, column, down < 0 ? passed : passed.nextElementSibling);
}

/** Puts a card in front of `next`, or at the end, and tells the server beside which it stands now. */
async function move(card, column, next) {
  const from = { column: card.closest('[data-column]'), next: card.nextElementSibling };
  if (from.column === column && from.next === next) return;
  const focused = document.activeElement?.closest('[data-task]') === card;
  put(card, column, next);
  if (focused) card.querySelector('a').focus();
  const answer = await tell(card, column).catch(() => undefined);
  if (answer?.ok) return say(card, column);
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
  return fetch(`${board.dataset.move}/${card.dataset.task}/place`, { method: 'POST', body: fields });
}

function say(card, column) {
  const place = [...cardsOf(column)].indexOf(card) + 1;
  const status = document.querySelector('[data-board-status]');
  const title = card.querySelector('a').textContent.trim();
  status.textContent = `${title}: ${column.querySelector('h2').textContent.trim()}, place ${place}.`;
}
