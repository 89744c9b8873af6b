import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { formErrors } from '../../src/http/form-errors.js';

test('of a field that may be empty or hold this, people read what this must be (AG-11)', () => {
  const Blank = z.literal('');
  const Form = z.object({
    until: Blank.or(z.string().regex(/^\d{4}$/, 'Choose a year.')).optional(),
    title: z.string().max(3, 'Use at most 3 characters.'),
  });
  const { error } = Form.safeParse({ until: 'nonsense', title: 'long' });
  assert.ok(error);
  const { errors } = formErrors({ until: 'nonsense', title: 'long' }, error);
  assert.deepEqual(errors, { until: 'Choose a year.', title: 'Use at most 3 characters.' });
});
