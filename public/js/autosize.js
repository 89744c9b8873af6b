/* For browsers that cannot size a text area to its content by themselves. */
const native = CSS.supports('field-sizing', 'content');

export function enhance(root) {
  for (const area of root.querySelectorAll('textarea[data-autosize]')) {
    if (native) {
      area.style.fieldSizing = 'content';
      continue;
    }
    const fit = () => {
      area.style.height = 'auto';
      area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
    };
    area.addEventListener('input', fit);
    fit();
  }
}
