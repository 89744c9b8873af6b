/* "Use at most 80 characters." above a long form does not say of what: the field's name goes before it. */
export function enhance(root) {
  for (const link of root.querySelectorAll('[data-error-summary] a[href^="#field-"]')) {
    const name = nameOf(document.getElementById(link.hash.slice(1)));
    if (name && !link.textContent.toLowerCase().includes(name.toLowerCase())) link.prepend(`${name}: `);
  }
}

function nameOf(field) {
  const said = field?.labels?.[0] ?? field?.querySelector(':scope > legend');
  if (!said) return '';
  const words = said.cloneNode(true);
  for (const aside of words.querySelectorAll('.optional, .visually-hidden')) aside.remove();
  return words.textContent.trim();
}
