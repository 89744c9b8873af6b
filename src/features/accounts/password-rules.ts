import { isCommonPassword, isListedPassword } from './common-passwords.js';

export const shortestPassword = 15;
/** Where the account has a second factor as well. */
export const shortestWithSecondFactor = 8;
export const longestPassword = 256;

/** What an attacker knows of the person and tries first. */
export interface Owner {
  readonly email: string;
  readonly username: string;
  readonly workspaceName?: string;
}

const product = 'bailiwick';
/** What nobody's password may mostly be made of (ASVS 6.1.2), by what it is called in the guides. */
export const contextWords: Readonly<Record<string, (owner: Owner) => string>> = {
  'the name of this product': () => product,
  'your username': ({ username }) => username,
  'your email address before the @': ({ email }) => email.split('@')[0] ?? '',
  'your email address after the @': ({ email }) => email.split('@')[1] ?? '',
  'the name of your workspace, when you choose both together': ({ workspaceName = '' }) => workspaceName,
};
/** What must be left of a password once the owner's names are taken out of it. */
const leastBesideNames = 8;
const fewestDifferent = 5;
const mostInSequence = 0.7;

const rows = [
  '`1234567890-=',
  'qwertyuiop[]',
  'asdfghjkl;',
  'zxcvbnm,./',
  'azertyuiop',
  'qwertzuiop',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik',
];
const neighbours = new Set(rows.flatMap((row) => [...row].slice(1).flatMap((key, i) => [row[i] + key, key + row[i]])));
const lookalikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/**
 * Why a new password is refused, in words for its owner; undefined when it is good. Length counts code points of the
 * NFC form. No composition rules (NIST SP 800-63B-4 §3.1.1.2): any character is welcome, none is demanded. `shortest` is
 * what `shortestFor` answers for an account.
 */
export function passwordProblem(
  password: string,
  owner: Owner,
  shortest: number = shortestPassword,
): string | undefined {
  if (/\p{Surrogate}/u.test(password)) return 'The password holds a character that is not valid text. Type it again.';
  const characters = [...password.normalize('NFC')];
  if (characters.length < shortest) return `Use at least ${shortest} characters. A few unrelated words work well.`;
  if (characters.length > longestPassword) return `Use at most ${longestPassword} characters.`;
  if (isMonotonous(characters)) return 'This repeats itself or follows the keyboard. Use a few unrelated words.';
  if (isKnown(password)) return 'This password is on lists of stolen passwords. Choose another one.';
  if (isMadeOfNames(password, owner))
    return 'This is mostly your own names, your address or our name. Choose something others cannot guess.';
  return undefined;
}

/** Good only beside a second factor. */
export function isShortPassword(password: string): boolean {
  return [...password.normalize('NFC')].length < shortestPassword;
}

function isMonotonous(characters: readonly string[]): boolean {
  const folded = characters.map((character) => character.toLowerCase());
  if (new Set(folded).size < fewestDifferent) return true;
  const followers = folded.filter((character, i) => i > 0 && follows(folded[i - 1] ?? '', character)).length;
  return followers / (folded.length - 1) >= mostInSequence;
}

function follows(before: string, after: string): boolean {
  const step = (after.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0);
  return Math.abs(step) <= 1 || neighbours.has(before + after) || before + after === '90' || before + after === '09';
}

/** Also when it is a stolen password said twice, or one with digits and signs around it. */
function isKnown(password: string): boolean {
  const bare = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const candidates = [password, password.replace(/\s+/g, ''), bare, repeatedUnit(password), repeatedUnit(bare)];
  if (candidates.some((candidate) => candidate.length > 0 && isCommonPassword(candidate, shortestPassword)))
    return true;
  return isShortPassword(password) && isListedPassword(password);
}

/** The piece of which a text is made by repetition; the text itself when it is not. */
function repeatedUnit(text: string): string {
  const length = (text + text).indexOf(text, 1);
  return length > 0 ? text.slice(0, length) : text;
}

function isMadeOfNames(password: string, owner: Owner): boolean {
  const words = Object.values(contextWords).map((wordOf) => wordOf(owner));
  const names = [...words, ...words.join(' ').split(/[^\p{L}\p{N}]+/u)].map(plain).filter((name) => name.length >= 3);
  const whole = plain(password);
  let rest = whole;
  for (const name of names.sort((one, other) => other.length - one.length)) rest = rest.replaceAll(name, '');
  return rest.length < whole.length && new Set(rest).size < leastBesideNames;
}

/** Letters only, lower case, without accents, look-alike digits read as letters; other digits carry nothing here. */
function plain(text: string): string {
  const folded = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[013457@$!l]/g, (sign) => lookalikes[sign] ?? sign);
  return folded.replace(/[^\p{L}]/gu, '');
}
