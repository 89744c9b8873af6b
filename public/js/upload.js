/*
 * form[data-upload]: every dropped or chosen file is sent by itself, with its progress in a row, then its status is asked for
 * until it is done or failed. Rows that the server wrote with data-status-url are followed as well, so a reload loses nothing.
 */
const atOnce = 3;
const moving = new Set();
let tools;

export async function enhance(root, given) {
  tools = given;
  const { follow } = await tools.load('progress');
  for (const row of root.querySelectorAll('[data-progress-row][data-status-url]')) void follow(row);
  for (const form of root.querySelectorAll('form[data-upload]')) start(form);
}

function start(form) {
  const input = form.querySelector('input[type="file"]');
  const zone = form.querySelector('[data-drop-zone]');
  const queue = [];
  let running = 0;

  const next = () => {
    if (running >= atOnce || queue.length === 0) return;
    running += 1;
    void queue
      .shift()()
      .finally(() => {
        running -= 1;
        next();
      });
  };
  const add = (files) => {
    for (const file of files) {
      const row = newRow(form, file);
      const job = () => send(form, file, row);
      row.querySelector('[data-retry]').addEventListener('click', () => {
        row.querySelector('[data-retry]').hidden = true;
        queue.push(job);
        next();
      });
      queue.push(job);
      next();
    }
  };

  form.addEventListener('submit', (event) => event.preventDefault());
  input.addEventListener('change', () => {
    add([...input.files]);
    input.value = '';
  });
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.dataset.over = '';
  });
  for (const end of ['dragleave', 'drop']) zone.addEventListener(end, () => delete zone.dataset.over);
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
}

function newRow(form, file) {
  const copy = form.querySelector('[data-upload-template]').content.cloneNode(true);
  const row = copy.querySelector('[data-progress-row]');
  row.querySelector('[data-name]').textContent = file.name;
  form.querySelector('[data-upload-list]').append(copy);
  return row;
}

async function send(form, file, row) {
  const { follow, show } = await tools.load('progress');
  const again = row.querySelector('[data-retry]');
  try {
    checkSize(form, file);
    moving.add(row);
    const answer = await post(form, file, (progress) => show(row, { stage: 'sending', progress }));
    moving.delete(row);
    row.dataset.statusUrl = answer.statusUrl;
    // The slot is free once the bytes have arrived; reading and indexing go on by themselves.
    void follow(row).then((last) => {
      if (last.stage === 'done') tools.announce(`${file.name} is ready`);
      again.hidden = last.stage !== 'failed';
    });
  } catch (problem) {
    moving.delete(row);
    show(row, { stage: 'failed', progress: 0, failure: problem.message });
    tools.announce(`${file.name} could not be added`);
    again.hidden = problem.final === true;
  }
}

function checkSize(form, file) {
  const most = Number(form.dataset.maxBytes);
  if (file.size === 0) throw Object.assign(new Error('This file is empty.'), { final: true });
  if (most > 0 && file.size > most) {
    throw Object.assign(new Error(`Larger than ${Math.floor(most / 1_048_576)} MB, the most that is taken.`), {
      final: true,
    });
  }
}

/* XMLHttpRequest: fetch cannot tell how much of a body has been sent. */
function post(form, file, onProgress) {
  const { promise, resolve, reject } = deferred();
  const request = new XMLHttpRequest();
  const body = new FormData();
  for (const hidden of form.querySelectorAll('input[type="hidden"]')) body.append(hidden.name, hidden.value);
  body.append(form.querySelector('input[type="file"]').name, file);
  request.open('POST', form.action);
  request.responseType = 'json';
  request.setRequestHeader('accept', 'application/json');
  request.setRequestHeader('csrf-token', tools.csrfToken());
  request.upload.addEventListener('progress', (event) => {
    if (event.lengthComputable) onProgress(Math.floor((100 * event.loaded) / event.total));
  });
  request.addEventListener('load', () => {
    if (request.status < 300 && request.response?.statusUrl) resolve(request.response);
    else reject(new Error(reasonOf(request)));
  });
  request.addEventListener('error', () =>
    reject(new Error('The connection broke while sending. Check it and try again.')),
  );
  onProgress(0);
  request.send(body);
  return promise;
}

function reasonOf(request) {
  const said = request.response?.detail ?? request.response?.message ?? request.response?.title;
  if (said) return said;
  if (request.status === 413) return 'This file is larger than what is taken here.';
  if (request.status === 401 || request.status === 403)
    return 'Your session may have ended. Reload the page and sign in.';
  return 'It could not be added. Try again.';
}

function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

addEventListener('beforeunload', (event) => {
  if (moving.size > 0) event.preventDefault();
});
