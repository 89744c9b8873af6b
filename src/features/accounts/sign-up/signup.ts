import { z } from 'zod';
import { WorkspaceName } from '../../workspaces/workspace.js';
import { Email, Username } from '../account.js';
import { passwordProblem } from '../password-rules.js';

declare module 'express-session' {
  interface SessionData {
    /** The sign-up that was begun, or whose password was proven, in this browser. */
    signupId?: string;
    /** Where the person was going before they signed up. */
    afterSignUp?: string;
  }
}

/** Minutes in which a link confirms an address (AC-2). */
export const linkMinutes = 60;

/** A sign-up whose address is not confirmed yet. It is no account: nothing opens with it. */
export const Signup = z.object({
  id: z.uuid(),
  email: z.string(),
  username: z.string(),
  passwordHash: z.string(),
  workspaceName: z.string(),
});
export type Signup = z.infer<typeof Signup>;

const Names = z.object({ email: Email, username: Username, workspaceName: WorkspaceName });
const Password = z.string('Choose a password.').min(1, 'Choose a password.').max(4096, 'Use at most 256 characters.');
export type SignUpDraft = z.infer<typeof Names> & { readonly password: string };

/** Judges every field at once: a person should not learn of the second problem after mending the first. */
export const SignUpDraft: z.ZodType<SignUpDraft, unknown> = z.unknown().transform((body, context) => {
  const names = Names.safeParse(body);
  const password = z.object({ password: passwordFor(body) }).safeParse(body);
  const issues = [...(names.error?.issues ?? []), ...(password.error?.issues ?? [])];
  const inOrder = fields.flatMap((field) => issues.filter(({ path }) => path[0] === field));
  for (const { path, message } of inOrder) context.addIssue({ code: 'custom', path, message });
  if (!names.success || !password.success) return z.NEVER;
  return { ...names.data, ...password.data };
});

const fields = ['email', 'username', 'password', 'workspaceName'];

function passwordFor(body: unknown) {
  return Password.superRefine((password, context) => {
    const message = passwordProblem(password, ownerIn(body));
    if (message) context.addIssue({ code: 'custom', message });
  });
}

const Typed = z.object({
  email: z.string().catch(''),
  username: z.string().catch(''),
  workspaceName: z.string().catch(''),
});

function ownerIn(body: unknown): z.infer<typeof Typed> {
  return Typed.safeParse(body).data ?? { email: '', username: '', workspaceName: '' };
}
