import { z } from 'zod';
import { currency } from '../../llm/prices.js';

const micros = 1_000_000;

/** `€12.50`; of small sums more digits, so that they are not nothing. Without a currency there is no money. */
export function moneyWords(amount: number): string {
  const value = amount / micros;
  const digits = value !== 0 && Math.abs(value) < 0.1 ? 4 : 2;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const unit = currency();
  return new Intl.NumberFormat('en', unit ? { style: 'currency', currency: unit, ...options } : options).format(value);
}

/** As a form or a table for machines has it: `12.5`. */
export const plainMoney = (amount: number): string => String(amount / micros);

/** A sum of money in a form, as millionths, or nothing. */
export const MoneyField = z
  .string()
  .trim()
  .regex(/^(\d{1,9}([.,]\d{1,6})?)?$/, 'Write an amount such as 12.50, or leave it empty.')
  .transform((text) => (text === '' ? undefined : Math.round(Number(text.replace(',', '.')) * micros)))
  .prefault('');

/** Tokens in a form. Never named so there: what a form holds under such a name is not shown again. */
export const VolumeField = z
  .string()
  .trim()
  .regex(/^\d{0,12}$/, 'Write a whole number, or leave it empty.')
  .transform((text) => (text === '' ? undefined : Number(text)))
  .prefault('');
