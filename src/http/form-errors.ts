import type { z } from 'zod';
import type { Invalid } from '../errors.js';

const secret = /passw|token|secret|code|csrf/i;

export interface FormErrors {
  /** What was typed, to be shown again. Never a secret. */
  readonly values: Readonly<Record<string, string | string[]>>;
  /** Field -> message; the empty field is the form as a whole. */
  readonly errors: Readonly<Record<string, string>>;
}

/** The locals that re-render a form (answer with 422): what was typed stays, each field says what is wrong. */
export function formErrors(body: unknown, error: z.ZodError | Invalid): FormErrors {
  return { values: typed(body), errors: 'fields' in error ? fromInvalid(error) : fromIssues(error) };
}

function typed(body: unknown): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {};
  for (const [field, value] of Object.entries(body ?? {})) {
    if (secret.test(field)) continue;
    if (typeof value === 'string') values[field] = value;
    else if (Array.isArray(value)) values[field] = value.filter((item) => typeof item === 'string');
  }
  return values;
}

function fromIssues(error: z.ZodError): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const issue of error.issues) errors[String(issue.path[0] ?? '')] ??= wordsOf(issue);
  return errors;
}

/** Of "nothing, or this" people are told what "this" must be. */
function wordsOf(issue: z.core.$ZodIssue): string {
  const inner = issue.code === 'invalid_union' ? issue.errors.at(-1)?.[0] : undefined;
  return inner ? wordsOf(inner) : issue.message;
}

function fromInvalid(error: Invalid): Record<string, string> {
  return Object.keys(error.fields).length > 0 ? { ...error.fields } : { '': error.message };
}
