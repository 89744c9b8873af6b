import { Invalid } from '../errors.js';

export const privateAddress =
  'This address leads into a private network, which is not reachable from here. Use a public address, or upload the file.';
export const unknownHost = 'There is no server of this name. Check the spelling of the address.';
export const unlistedHost =
  'Whoever runs this installation has named the only hosts that it may fetch from, and this is none of them. Download the file yourself and upload it, or ask for the host to be added.';
export const unusualPort =
  'This address names a port at which no web pages are kept. Use an address without a number after the host.';
export const tooManyRedirects =
  'This address leads on too many times. Open it in a browser, and use the address at which it ends.';

const download = 'Download the file yourself and upload it.';

export function answered(status: number): string {
  if (status === 404 || status === 410) return 'There is nothing at this address. Check it in a browser.';
  if (status === 401 || status === 403) return `The server shows this address to signed-in people only. ${download}`;
  return `The server answered with status ${status} instead of a file. Try again later, or download it and upload it.`;
}

/** What went wrong with a request, as something that the person can act on. */
export function explained(
  error: unknown,
  { maxBytes, seconds, timedOut }: { maxBytes: number; seconds: number; timedOut: boolean },
): Invalid {
  if (error instanceof Invalid) return error;
  if (timedOut)
    return new Invalid(`The server did not send it all within ${seconds} seconds. Try again later. ${download}`);
  const code = codeOf(error);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || code === 'ERR_BUFFER_TOO_LARGE')
    return new Invalid(`What lies at this address is larger than ${sizeOf(maxBytes)}. Use a smaller part of it.`);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new Invalid(unknownHost);
  if (/CERT|SIGNATURE|TLS|SSL|ALTNAME/u.test(code))
    return new Invalid(`The server could not prove who it is (its certificate is not valid). ${download}`);
  if (/^E[A-Z]+$|CONNECT/u.test(code))
    return new Invalid('No server answers at this address. Check it in a browser, or try again later.');
  return new Invalid(`The server's answer could not be understood. ${download}`);
}

/** The first code in an error, its causes, or the errors it gathers (one for each address of a host). */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error instanceof AggregateError ? error.errors[0] : error.cause);
}

function sizeOf(bytes: number): string {
  return bytes < 1_048_576 ? `${bytes} bytes` : `${Math.floor(bytes / 1_048_576)} MB`;
}
