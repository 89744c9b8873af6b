import { Conflict, Invalid } from '../../errors.js';
import { type FormErrors, formErrors } from '../../http/form-errors.js';

/** A name that is taken is told at its field, with what was typed; undefined when the act was done. */
export async function unlessTaken(body: unknown, act: Promise<unknown>): Promise<FormErrors | undefined> {
  try {
    await act;
    return undefined;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    return formErrors(body, new Invalid(error.message, { name: error.message }));
  }
}
