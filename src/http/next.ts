import type { Request } from 'express';

// A base that exists nowhere: what stays on it stays on our host.
const base = 'http://next.invalid';
const longest = 1000;

/** Where to go after signing in: a path of ours as asked for, or the fallback. Never another host. */
export function safeNext(asked: unknown, fallback = '/'): string {
  if (typeof asked !== 'string' || asked.length > longest) return fallback;
  // Browsers drop control characters and read a backslash as a slash (WHATWG URL), so neither may appear.
  if (!/^\/(?![/\\])[^\\\p{Cc}\p{Cf}\s]*$/u.test(asked)) return fallback;
  if (!URL.canParse(asked, base)) return fallback;
  const url = new URL(asked, base);
  if (url.origin !== base || url.pathname.startsWith('//')) return fallback;
  return `${url.pathname}${url.search}${url.hash}`;
}

export function signInAddress(request: Request): string {
  return `/sign-in?next=${encodeURIComponent(safeNext(request.originalUrl))}`;
}
