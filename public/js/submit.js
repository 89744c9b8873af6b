/* One submit: while a form is on its way its buttons rest, and a second submit of the same form is dropped. */
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === 'dialog') return;
  if (form.dataset.sending !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = '';
  if (event.submitter) event.submitter.dataset.sending = '';
  // After the browser has read the form: a disabled button would not send its name and value.
  setTimeout(() => {
    for (const button of form.querySelectorAll('button[type="submit"]')) button.disabled = true;
  });
});

/* Back brings the page as it was left; what was resting must work again. */
addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll('form[data-sending]')) {
    delete form.dataset.sending;
    for (const button of form.querySelectorAll('button[type="submit"]')) {
      button.disabled = false;
      delete button.dataset.sending;
    }
  }
});
