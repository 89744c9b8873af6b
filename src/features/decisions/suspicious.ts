/** Letters that look like others, and signs that nobody sees: a text can say something else than it seems to (threat 16). */
const unseen = /[\p{Cf}\u{115f}\u{1160}\u{3164}\u{ffa0}]|(?![\n\t])\p{Cc}/gu;
const words = /[\p{L}\p{M}\p{N}]+/gu;
const scripts = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u, /\p{Script=Armenian}/u];

/** Invisible signs written out by their number, so that what is shown is all there is. */
export function visible(text: string): string {
  return text.replace(
    unseen,
    (sign) => `⟨U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** What a reader should know before trusting their eyes; empty when there is nothing. */
export function suspicions(text: string): string[] {
  const hidden = text.match(unseen)?.length ?? 0;
  const mixed = [...new Set(text.match(words) ?? [])].filter(
    (word) => scripts.filter((script) => script.test(word)).length > 1,
  );
  return [
    ...(hidden > 0 ? [`It holds signs that cannot be seen (${hidden}). They are written out below as ⟨U+…⟩.`] : []),
    ...(mixed.length > 0
      ? [`Words that mix alphabets, in which one letter may look like another: ${mixed.slice(0, 5).join(', ')}.`]
      : []),
  ];
}
