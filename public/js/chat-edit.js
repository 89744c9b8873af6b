/* A question that was asked already comes back into the box, to be asked in other words. Without script it has a page. */
export function editing({ form, thread, text }) {
  const note = form.querySelector('[data-editing]');
  let edited;

  const end = () => {
    edited = undefined;
    note.hidden = true;
  };
  const cancel = () => {
    if (!edited) return;
    end();
    text.value = '';
    text.dispatchEvent(new Event('input'));
  };
  const begin = (link) => {
    const message = link.closest('[data-message]');
    edited = { url: link.href, message };
    note.hidden = false;
    text.value = message.querySelector('[data-text]').textContent;
    text.dispatchEvent(new Event('input'));
    text.focus();
  };

  thread.addEventListener('click', (event) => {
    const link = event.target.closest('[data-edit]');
    if (!link || event.ctrlKey || event.metaKey || form.dataset.runningStopUrl) return;
    event.preventDefault();
    begin(link);
  });
  form.querySelector('[data-edit-cancel]').addEventListener('click', cancel);
  text.addEventListener('keydown', (event) => {
    const last = [...thread.querySelectorAll('[data-edit]:not([hidden])')].at(-1);
    if (event.key !== 'ArrowUp' || text.value !== '' || !last || form.dataset.runningStopUrl) return;
    event.preventDefault();
    begin(last);
  });

  return {
    cancel,
    /** What a turn needs to know about it; the old branch is out of sight until the server has shown the new one. */
    take() {
      if (!edited) return {};
      const { url, message } = edited;
      end();
      const old = [...thread.children].slice([...thread.children].indexOf(message));
      for (const element of old) element.hidden = true;
      const refused = () => {
        for (const element of old) element.hidden = false;
      };
      return { action: url, branches: true, refused };
    },
  };
}
