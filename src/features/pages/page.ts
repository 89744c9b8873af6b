import { z } from 'zod';
import { printable, type SpaceKind } from '../spaces/space.js';

export const longestTitle = 200;
/** As much as the sanitiser renders. */
export const longestBody = 100_000;
/** How deep pages may lie in pages. */
export const deepest = 12;

/** A page as lists show it: nothing of its text was opened. */
export interface PageSummary {
  readonly id: string;
  readonly spaceId: string;
  readonly title: string;
  readonly version: number;
  readonly updatedAt: Date;
  readonly hasPages: boolean;
}

export interface PageSpace {
  readonly spaceId: string;
  readonly spaceKind: SpaceKind;
  readonly spaceName: string;
}

/** Found by a search, or changed lately: with where it is. */
export interface FoundPage extends PageSummary, PageSpace {}

export interface Page extends PageSpace {
  readonly id: string;
  readonly parentId: string | null;
  readonly position: number;
  readonly title: string;
  readonly body: string;
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedBy: string;
  /** The agent that wrote it, on behalf of `updatedBy`. */
  readonly updatedAgentName: string | null;
  readonly updatedAt: Date;
  readonly archivedAt: Date | null;
  readonly archivedBy: string | null;
  /** The page whose archiving took this one along: itself, or one above it. */
  readonly archivedWith: string | null;
}

/** What a version is made of. */
export interface PageText {
  readonly title: string;
  readonly body: string;
}

export interface PageVersion {
  readonly version: number;
  readonly title: string;
  readonly accountId: string;
  readonly agentName: string | null;
  readonly restoredFrom: number | null;
  readonly createdAt: Date;
}

export const PageTitle = z
  .string('Give it a title.')
  .trim()
  .min(1, 'Give it a title.')
  .max(longestTitle, `Use at most ${longestTitle} characters.`)
  .regex(printable, 'Leave out control characters.');
export const PageBody = z
  .string()
  .transform((text) => text.replace(/\r\n?/g, '\n').trimEnd())
  .pipe(z.string().max(longestBody, `Use at most ${longestBody.toLocaleString('en')} characters.`));

export const PageDraft = z.object({ title: PageTitle, body: PageBody.default('') });

/** Which version the form showed: a change on top of another's must not happen unseen. */
export const SeenVersion = z.object({ version: z.coerce.number().int().min(0).catch(0) });

/** Half-typed: anything that fits is kept. */
export const KeptDraft = z.object({
  title: z.string().max(longestTitle).catch(''),
  body: z.string().max(longestBody).catch(''),
  version: z.coerce.number().int().min(0).catch(0),
});

export const sameText = (one: PageText, other: PageText) => one.title === other.title && one.body === other.body;
