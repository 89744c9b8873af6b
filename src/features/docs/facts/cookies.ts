/** Every cookie that is ever set; over HTTPS its name begins with `__Host-`. A crawl of all pages finds no other (GV-6). */
export const cookies = [
  {
    name: 'session',
    keeps: '256 random bits, signed: who is signed in is kept on the server.',
    until: 'the browser is closed, or the session ends',
  },
  {
    name: 'device',
    keeps: '256 random bits, by which a browser is known again: a sign-in from a new one is told by mail.',
    until: 'a year after the last sign-in',
  },
  {
    name: 'workspace',
    keeps: 'A hash of which workspace was opened last, so that the next visit leads there.',
    until: 'a year after the last visit',
  },
] as const;
