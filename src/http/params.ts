import type { Request } from 'express';
import type { z } from 'zod';
import { NotFound } from '../errors.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A uuid in the path. A malformed one is a NotFound: it names nothing. */
export function idParam(request: Request, name: string): string {
  const given = request.params[name];
  if (typeof given === 'string' && uuid.test(given)) return given;
  throw new NotFound('There is nothing at this address.');
}

/** Any other part of the path, by its schema. What does not fit names nothing either. */
export function param<Value>(request: Request, name: string, schema: z.ZodType<Value>): Value {
  const parsed = schema.safeParse(request.params[name]);
  if (parsed.success) return parsed.data;
  throw new NotFound('There is nothing at this address.');
}
