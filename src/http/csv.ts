/** One line of CSV (RFC 4180). */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/**
 * A cell that starts like a formula gets an apostrophe: a spreadsheet shows it instead of running it. The signs and
 * their full-width twins are those that OWASP lists under CSV injection; spaces before them do not help.
 */
function cell(text: string): string {
  const harmless = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
