import { parseHTML } from 'linkedom';

/**
 * What of a page would do nothing in a browser without script: buttons that only a script hears and that show all the
 * same, forms that cannot be sent, links to nowhere. Empty for a page that works.
 */
export function deadWithoutScript(html: string): string[] {
  const { document } = parseHTML(html);
  for (const template of document.querySelectorAll('template')) template.remove();
  const dead: string[] = [];
  for (const button of document.querySelectorAll('button[type="button"]')) {
    const opens = button.hasAttribute('popovertarget');
    if (!opens && !button.closest('[data-needs-script], [hidden]')) dead.push(shown(button));
  }
  for (const form of document.querySelectorAll('form')) {
    const id = form.getAttribute('id');
    const sends = 'button:not([type="button"]):not([type="reset"]), input[type="submit"]';
    const own = form.querySelectorAll(sends);
    const elsewhere = id ? document.querySelectorAll(`button[form="${id}"]`) : [];
    if (own.length + elsewhere.length === 0 && !form.closest('[data-needs-script]')) dead.push(shown(form));
  }
  for (const link of document.querySelectorAll('a')) {
    const href = link.getAttribute('href');
    if (href === '#' || href?.startsWith('javascript:')) dead.push(shown(link));
  }
  return dead;
}

const shown = (element: { readonly outerHTML: string }) => element.outerHTML.replace(/\s+/g, ' ').slice(0, 160);
