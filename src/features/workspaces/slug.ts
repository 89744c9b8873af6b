import { randomInt } from 'node:crypto';

const longest = 40;
const shortest = 2;

/** Addresses that would look like ours. */
const reserved = new Set([
  ...['account', 'admin', 'api', 'app', 'audit', 'bailiwick', 'billing', 'docs', 'help', 'home', 'login', 'mail', 'me'],
  ...['new', 'null', 'official', 'operator', 'public', 'root', 'security', 'settings', 'sign-in', 'sign-up', 'static'],
  ...[
    'status',
    'support',
    'system',
    'team',
    'test',
    'undefined',
    'verify-email',
    'w',
    'workspace',
    'workspaces',
    'www',
  ],
]);

// Letters that Unicode does not decompose (NFKD), and the two alphabets nearest to ours by their common romanisation.
const letters: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ħ: 'h', ı: 'i', ŋ: 'n' },
  ...{ а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ж: 'zh', з: 'z', и: 'i', к: 'k', л: 'l', м: 'm', н: 'n' },
  ...{ о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch' },
  ...{ ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya', є: 'ye', і: 'i', ґ: 'g' },
  ...{ α: 'a', β: 'v', γ: 'g', δ: 'd', ε: 'e', ζ: 'z', η: 'i', θ: 'th', ι: 'i', κ: 'k', λ: 'l', μ: 'm', ν: 'n' },
  ...{ ξ: 'x', ο: 'o', π: 'p', ρ: 'r', σ: 's', ς: 's', τ: 't', υ: 'y', φ: 'f', χ: 'ch', ψ: 'ps', ω: 'o' },
};

/** `Müller & Søn` -> `muller-son`: 2 to 40 of a-z, 0-9 and dashes; a name with none of them is a `workspace-4f7k`. */
export function slugOf(name: string): string {
  const plain = [...name.normalize('NFKD').toLowerCase()].map((letter) => letters[letter] ?? letter).join('');
  const slug = trimmed(plain.replace(/\p{M}+/gu, '').replace(/[^a-z0-9]+/g, '-'));
  return slug.length < shortest || reserved.has(slug) ? withSuffix(slug || 'workspace') : slug;
}

/** The same address made unlike others: `acme` -> `acme-4f7k`. */
export function withSuffix(slug: string): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const suffix = Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${trimmed(slug.slice(0, longest - suffix.length - 1))}-${suffix}`;
}

function trimmed(text: string): string {
  return text.replace(/^-+/, '').slice(0, longest).replace(/-+$/, '');
}
