/* The list of notifications: marks without a reload, and says when there is something new. */
const list = document.querySelector('.notification-list');

document.querySelector('[data-without-live]')?.setAttribute('hidden', '');

document.addEventListener(
  'submit',
  async (event) => {
    const form = event.target.closest('[data-read-mark]');
    if (!form) return;
    event.preventDefault();
    event.stopPropagation();
    const read = form.elements.read.value === 'yes';
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams(new FormData(form)),
    }).catch(() => undefined);
    // The form as it is says what went wrong.
    if (!answer?.ok) return HTMLFormElement.prototype.submit.call(form);
    mark(form, read);
  },
  true,
);

function mark(form, read) {
  const item = form.closest('[data-notification]');
  item.classList.toggle('unread', !read);
  item.querySelector('[data-unread-word]').hidden = read;
  form.elements.read.value = read ? 'no' : 'yes';
  form.querySelector('[data-mark-word]').textContent = read ? 'Mark as unread' : 'Mark as read';
}

const unreadShown = () => list?.querySelectorAll('.unread').length ?? 0;
let most = Number.parseInt(document.querySelector('[data-unread-count] [data-count]')?.textContent ?? '0', 10);

document.addEventListener('unread', ({ detail }) => {
  const news = document.querySelector('[data-news]');
  if (news && detail.unread > Math.max(most, unreadShown())) news.hidden = false;
  most = detail.unread;
});
