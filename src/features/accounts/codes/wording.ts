export const codeGone = 'This code does not work any more, or was asked for in another browser. Ask for a new one.';

export function wrongCode(triesLeft: number): string {
  if (triesLeft === 0) return 'This is not the code, and it was the last try. Ask for a new one.';
  return `This is not the code of the newest mail. ${triesLeft === 1 ? 'One try is' : `${triesLeft} tries are`} left.`;
}
