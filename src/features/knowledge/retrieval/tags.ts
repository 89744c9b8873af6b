import type { Blind } from './postings.js';

/**
 * Remembers a tenant's tags, because making one costs more than everything else about a word. Keep it as long as the
 * tenant's documents keep coming, for one tenant only: about 5 MB when full.
 */
export function rememberTags(blind: Blind, limit = 50_000): Blind {
  const tags = new Map<string, string>();
  return (lexeme) => {
    const known = tags.get(lexeme);
    if (known !== undefined) return Buffer.from(known, 'latin1');
    const tag = blind(lexeme);
    if (tags.size >= limit) tags.clear();
    // Short strings take a third of what small buffers do.
    tags.set(lexeme, tag.toString('latin1'));
    return tag;
  };
}
