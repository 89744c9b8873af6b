const numbers = new Intl.NumberFormat('en');
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `3 hours ago`, `in 2 days`, `just now` within a minute. */
export function relativeTime(date: Date, now = Date.now()): string {
  const seconds = Math.round((date.getTime() - now) / 1000);
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return ago.format(Math.trunc(seconds / length), unit);
  }
  return 'just now';
}

/** `2026-11-22 01:28:03 UTC` */
export function exactTime(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** For `<time datetime>`. */
export function isoTime(date: Date): string {
  return date.toISOString();
}

/** `1 document`, `1,200 documents`; a third argument for words that don't take an s. */
export function plural(count: number, word: string, words = `${word}s`): string {
  return `${numbers.format(count)} ${count === 1 ? word : words}`;
}

/** `512 bytes`, `1.5 MB`; a MB is 1024 x 1024 bytes, as in the upload limit. */
export function bytes(count: number): string {
  if (count < 1024) return plural(count, 'byte');
  const power = Math.min(Math.floor(Math.log(count) / Math.log(1024)), 4);
  const size = count / 1024 ** power;
  return `${size >= 100 ? Math.round(size) : Math.round(size * 10) / 10} ${['bytes', 'kB', 'MB', 'GB', 'TB'][power]}`;
}
