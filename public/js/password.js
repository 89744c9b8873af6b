document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-show-password]');
  if (!button) return;
  const input = document.getElementById(button.dataset.showPassword);
  const shown = input.type === 'text';
  input.type = shown ? 'password' : 'text';
  button.setAttribute('aria-pressed', String(!shown));
  button.querySelector('use').setAttribute('href', iconHref(button, shown ? 'eye' : 'eye-off'));
  input.focus();
});

/* A shown password must not be offered by the browser as an ordinary text later. */
document.addEventListener('submit', (event) => {
  for (const button of event.target.querySelectorAll('[data-show-password]')) {
    document.getElementById(button.dataset.showPassword).type = 'password';
  }
});

function iconHref(button, name) {
  return button.querySelector('use').getAttribute('href').replace(/#.*/, `#${name}`);
}
