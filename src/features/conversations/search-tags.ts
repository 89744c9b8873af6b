import { wordTags } from '../knowledge/retrieval/word-tags.js';

/** What a conversation can be found by. */
export const { of: tagsOf, toFind: tagsToFind } = wordTags('conversations');
