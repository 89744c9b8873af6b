/* One turn: from the sent question to the finished, stopped or failed answer. */
/* Longer than a restart takes, and than it takes to see that the process which wrote the answer is gone. */
const patience = [500, 1000, 2000, 4000, 8000, 8000, 8000];
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function runTurn(turn) {
  const { thread, view, tools } = turn;
  const [{ createAnswer }, parts] = await Promise.all([tools.load('chat-answer'), tools.load('chat-parts')]);
  const part = createAnswer(turn.element ?? newAnswer(turn, parts), { ...turn, parts });
  view.say('Answering');
  view.toEnd();
  try {
    await receive(turn, part);
  } catch (problem) {
    if (turn.signal.aborted) part.stopped();
    else if (problem.said) part.failed(problem.said);
    else await resume(turn, part);
  }
  thread.dispatchEvent(new Event('turn'));
  return part.isKept();
}

function newAnswer(turn, parts) {
  const { thread } = turn;
  thread.querySelector('[data-empty]')?.remove();
  turn.replaces?.remove();
  for (const earlier of thread.querySelectorAll('form[data-chat-turn]')) earlier.hidden = true;
  if (turn.question !== undefined && !turn.replaces) {
    const asked = newMessage(parts.fromTemplate('member'));
    asked.querySelector('[data-text]').textContent = turn.question;
    thread.append(asked);
  }
  const answer = newMessage(parts.fromTemplate('agent'));
  thread.append(answer);
  return answer;
}

/* The turn goes on without us: when the line breaks, it is followed from the character that came last. */
async function resume(turn, part) {
  for (const wait of patience) {
    const url = part.streamUrl();
    if (!url) break;
    await pause(wait);
    if (turn.signal.aborted) return part.stopped();
    try {
      return await receive({ ...turn, action: url, body: undefined }, part);
    } catch {
      if (part.ended()) return;
    }
  }
  part.failed('The connection broke. Reload to see what was kept.');
}

async function receive(turn, part) {
  const response = await fetch(turn.action, {
    method: turn.body ? 'POST' : 'GET',
    body: turn.body,
    signal: turn.signal,
    headers: {
      accept: 'text/event-stream',
      'csrf-token': turn.tools.csrfToken(),
      'last-event-id': String(turn.body ? 0 : part.position()),
    },
  });
  const streams = response.headers.get('content-type')?.startsWith('text/event-stream');
  if (!response.ok || !streams) await refuse(response, turn);
  const { events } = await turn.tools.load('event-stream');
  for await (const { event, data } of events(response.body)) {
    part.take(event, data);
    if (part.ended()) return;
  }
  throw new Error('the stream ended early');
}

async function refuse(response, turn) {
  const problem = await response.json().catch(() => ({}));
  const reference = problem.requestId ? ` Reference: ${problem.requestId}` : '';
  const said = problem.detail ?? problem.title ?? 'It could not be sent. Reload the page and try again.';
  // What was typed comes back, so that nothing has to be written twice.
  const text = turn.form.querySelector('[data-chat-text]');
  if (turn.question !== undefined && text.value === '') text.value = turn.question;
  throw Object.assign(new Error(said), { said: said + reference });
}

let made = 0;

function newMessage(element) {
  const head = element.querySelector('.message-head');
  made += 1;
  element.id = `message-new-${made}`;
  head.id = `${element.id}-head`;
  element.setAttribute('aria-labelledby', head.id);
  head.querySelector('time').dateTime = new Date().toISOString();
  return element;
}
