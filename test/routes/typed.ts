import assert from 'node:assert/strict';
import type { Answer } from '../support/visitor.js';

/** Kinds that a browser draws or reads itself; everything else leaves as a download. */
const shown = new Set([
  ...['text/html', 'text/plain', 'application/json', 'application/problem+json', 'text/event-stream'],
  ...['application/atom+xml', 'application/x-pem-file', 'text/css', 'text/javascript', 'image/svg+xml'],
]);

/** Answers whether it was a download: then by a name of ours, whatever the request asked for. */
export function assertTyped({ status, headers, text }: Answer, address: string): boolean {
  assert.equal(headers.get('x-content-type-options'), 'nosniff', address);
  assert.equal(headers.get('x-evil'), null, address);
  if (status >= 300 && status < 400) return false;
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').split(/;\s*/);
  assert.ok(type !== '' || text === '', `${address} has no type`);
  const isText = /^text\/|json|xml/.test(type) && type !== 'text/event-stream';
  if (isText) assert.ok(parameters.includes('charset=utf-8'), `${address} has ${type} and no character set`);
  const disposition = headers.get('content-disposition');
  if (disposition === null) {
    assert.ok(type === '' || shown.has(type), `${address} shows ${type}`);
    return false;
  }
  // Quoted or bare, of an alphabet in which nothing has to be encoded (RFC 6266).
  assert.match(disposition, /^attachment; filename="?[\w-]+(\.[\w-]+)*"?$/, address);
  assert.doesNotMatch(disposition, /evil|html|svg/i, address);
  return true;
}
