/*
 * Passkeys (WebAuthn Level 3). A [data-passkey] block stands in a form: its button asks the server what to sign, the browser's
 * authenticator signs, and the answer goes with the form, like anything that is typed. Where there are no passkeys it stays hidden.
 */
const canCreate = Boolean(globalThis.PublicKeyCredential && navigator.credentials?.create);

const sentences = {
  NotAllowedError: 'Nothing was chosen, or it took too long. Try again.',
  InvalidStateError: 'This device or security key has a passkey for your account already.',
  SecurityError: 'Passkeys do not work at this address. Open the site at its own name and try again.',
  NotSupportedError: 'This device cannot make a passkey that works here.',
};

/** What can be said to the person. */
class Refusal extends Error {}

let waiting;

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-passkey] button[type="submit"]');
  if (!button) return;
  event.preventDefault();
  if (!button.form.reportValidity()) return;
  const block = button.closest('[data-passkey]');
  // A browser asks for one thing at a time.
  waiting?.abort();
  say(block, '');
  button.disabled = true;
  answer(block, {})
    .then((credential) => {
      button.disabled = false;
      send(block, credential, button);
    })
    .catch((error) => {
      button.disabled = false;
      say(
        block,
        error instanceof Refusal
          ? error.message
          : (sentences[error.name] ?? 'Your browser could not do this. Try again.'),
      );
      button.focus();
    });
});

async function answer(block, more) {
  const options = await ask(block);
  const credentials = navigator.credentials;
  if (block.dataset.passkey === 'create') return credentials.create({ publicKey: creation(options), ...more });
  return credentials.get({ publicKey: request(options), ...more });
}

async function ask(block) {
  const token = block.closest('form').querySelector('input[name="_csrf"]').value;
  const headers = { accept: 'application/json', 'csrf-token': token };
  const response = await fetch(block.dataset.options, { method: 'POST', headers }).catch(() => {
    throw new Refusal('The server did not answer. Try again.');
  });
  const content = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(content.detail ?? 'This did not work. Reload the page and try again.');
  return content;
}

function send(block, credential, button) {
  block.querySelector('input[type="hidden"]').value = JSON.stringify(plain(credential));
  block.closest('form').requestSubmit(button);
}

function say(block, text) {
  const place = block.querySelector('[role="alert"]');
  const words = document.createElement('span');
  words.textContent = text;
  place.replaceChildren(...(text ? [words] : []));
}

/* The browser's own conversions, or ours where it has none yet. */
function creation(options) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON)
    return PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const user = { ...options.user, id: bytes(options.user.id) };
  return {
    ...options,
    user,
    challenge: bytes(options.challenge),
    excludeCredentials: named(options.excludeCredentials),
  };
}

function request(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
}

function plain(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { id, type, response } = credential;
  const parts = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
    .filter((name) => response[name])
    .map((name) => [name, text(response[name])]);
  const transports = response.getTransports ? { transports: response.getTransports() } : {};
  return {
    id,
    rawId: id,
    type,
    response: { ...Object.fromEntries(parts), ...transports },
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

function named(credentials) {
  return credentials?.map((credential) => ({ ...credential, id: bytes(credential.id) }));
}

function bytes(base64url) {
  const letters = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/* Passkeys among the names that the browser offers for the first field: it waits, and what it waits with is fresh for five minutes. */
async function offerInAutofill(block) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  for (;;) {
    if (document.hidden)
      await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
    waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort('stale'), 240_000);
    try {
      const { signal } = waiting;
      const credential = await answer(block, { mediation: 'conditional', signal });
      return send(block, credential);
    } catch (error) {
      if (error !== 'stale') return;
    } finally {
      clearTimeout(timer);
    }
  }
}

/* The person's password manager forgets what was removed here (WebAuthn Level 3, 5.1.10). */
function tellAccepted(root) {
  const { passkeysAccepted } = root.querySelector('[data-passkeys-accepted]')?.dataset ?? {};
  if (!passkeysAccepted || !globalThis.PublicKeyCredential?.signalAllAcceptedCredentials) return;
  PublicKeyCredential.signalAllAcceptedCredentials(JSON.parse(passkeysAccepted)).catch(() => {});
}

export function enhance(root) {
  tellAccepted(root);
  if (!canCreate) return;
  for (const block of root.querySelectorAll('[data-passkey]')) {
    block.querySelector('[data-passkey-button]').hidden = false;
    for (const missing of block.querySelectorAll('[data-passkey-missing]')) missing.hidden = true;
    // After a refusal the person decides what comes next: a browser that answers by itself would be refused for ever.
    const refused = document.querySelector('[data-notice] .danger');
    if (block.closest('[data-passkey-autofill]') && !refused) offerInAutofill(block).catch(() => {});
  }
}
