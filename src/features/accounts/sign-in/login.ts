import { z } from 'zod';

/** A username or an address, as somebody types it who wants in. */
export const Login = z
  .string('Enter your username or email address.')
  .trim()
  .toLowerCase()
  .min(1, 'Enter your username or email address.')
  .max(254, 'This is too long for a username or an email address.');
