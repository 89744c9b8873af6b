/** Longer than any answer the gateway lets through; a bound for the parser all the same. */
export const longest = 100_000;
/** A text of nothing but signs costs a parser a hundred times what prose costs: it is shown as it stands. */
const mostSigns = 8_000;
const signs = /[[\]*_`<!:&]/g;

export function isTooDense(text: string): boolean {
  return (text.match(signs)?.length ?? 0) > mostSigns;
}
