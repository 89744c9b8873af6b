import { wordTags } from '../knowledge/retrieval/word-tags.js';

const mostTags = 2_000;

/** What an event can be found by. */
export const { of: tagsOf, toFind: tagsToFind } = wordTags('calendar', mostTags);
