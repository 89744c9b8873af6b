import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageOf, lexemesOf, queryLexemes, wordsOf } from '../../../../src/features/knowledge/retrieval/analysis.js';

test('words are found whatever their case, width and punctuation (KB-4)', () => {
  assert.deepEqual(wordsOf('The ＩＮＶＯＩＣＥ no. 42-b, “Straße” naïve'), [
    'the',
    'invoice',
    'no',
    '42',
    'b',
    'straße',
    'naïve',
  ]);
});

test('text without spaces is indexed by pairs of characters, so that a part of it is found (KB-4)', () => {
  assert.deepEqual(wordsOf('退職手続き v2は'), ['退職', '職手', '手続', '続き', 'v2', 'は']);
  const indexed = new Set(lexemesOf('従業員の退職手続きについて', 'english'));
  assert.ok(queryLexemes('退職手続き').every((lexeme) => indexed.has(lexeme)));
});

test('forms of a word meet in one lexeme, common words are left out (KB-4)', () => {
  assert.deepEqual(
    lexemesOf('The policies were updated', 'english'),
    lexemesOf('updating a policy', 'english').reverse(),
  );
  assert.deepEqual(lexemesOf('die Kündigungen', 'german'), lexemesOf('der Kündigung', 'german'));
  assert.deepEqual(lexemesOf('résumés', 'english'), lexemesOf('resume', 'english'));
  assert.deepEqual(lexemesOf('документами', 'english'), lexemesOf('документы', 'english'));
});

test('a language is told by its common words, and English is assumed of a list of names (KB-4)', () => {
  const texts = {
    english: 'You may carry over five days into the next year if your manager agrees.',
    german: 'Nicht genommene Tage verfallen, wenn sie nicht bis zum Ende des Jahres beantragt sind.',
    french: 'Les jours qui ne sont pas pris avant la fin de l’année sont perdus.',
    spanish: 'Los días que no se toman antes del fin de año se pierden para siempre.',
    italian: 'I giorni che non sono stati presi entro la fine dell’anno vanno persi.',
    portuguese: 'Os dias que não forem usados até ao fim do ano são perdidos.',
    dutch: 'De dagen die niet voor het einde van het jaar zijn opgenomen vervallen.',
  };
  for (const [language, text] of Object.entries(texts)) {
    assert.deepEqual(languageOf(text), { language, certain: true });
  }
  assert.deepEqual(languageOf('Anna Bauer, Zürich; Chen Wei, Taipei'), { language: 'english', certain: false });
});

test('a question in keywords finds documents of every language (KB-4)', () => {
  const german = new Set(lexemesOf('Kündigungsfristen stehen im Vertrag', 'german'));
  assert.ok(queryLexemes('Kündigungsfrist').some((lexeme) => german.has(lexeme)));
  const english = new Set(lexemesOf('Policies for resetting passwords', 'english'));
  assert.ok(lexemesOf('reset password policy', 'english').every((lexeme) => english.has(lexeme)));
  assert.ok(queryLexemes('reset password policy').filter((lexeme) => english.has(lexeme)).length === 3);
});

test('a question of any length asks for a bounded number of lexemes (KB-4)', () => {
  const long = Array.from({ length: 5000 }, (_, i) => `word${i}`).join(' ');
  assert.equal(queryLexemes(long).length, 64);
  assert.deepEqual(queryLexemes('the of and'), []);
});
