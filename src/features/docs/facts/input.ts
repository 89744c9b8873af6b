import type { z } from 'zod';
import { Email, Username } from '../../accounts/account.js';
import { TypedCode } from '../../accounts/codes/code.js';
import { PasskeyName } from '../../accounts/passkeys/passkey.js';
import { Login } from '../../accounts/sign-in/login.js';
import { AccessDraft, AddressDraft, PasteDraft } from '../../knowledge/document.js';
import { SpaceDraft } from '../../spaces/space.js';
import { CommentText, Day, Description } from '../../tasks/task.js';
import { WorkspaceName } from '../../workspaces/workspace.js';

interface Format {
  readonly name: string;
  readonly rule: string;
  readonly schema: z.ZodType;
  /** The schema takes these and refuses those: a test asks it. */
  readonly taken: readonly string[];
  readonly refused: readonly string[];
}

const { title, text } = PasteDraft.shape;

/** V2.1.1: the kinds of values that people enter, each with the schema that judges it wherever it comes in. */
export const formats: readonly Format[] = [
  {
    name: 'Email address',
    rule: 'name@host as browsers judge it, at most 254 characters; blanks around it go, capitals become small',
    ...{ schema: Email, taken: ['Ann@Example.org '], refused: ['ann', 'ann@', 'a b@example.org'] },
  },
  {
    name: 'Username',
    rule: '3 to 32 of a to z, digits, dot, dash, underscore; capitals become small',
    ...{ schema: Username, taken: ['Ann.Lee-2'], refused: ['an', 'ann lee', 'änn', 'a'.repeat(33)] },
  },
  {
    name: 'Name at the sign-in',
    rule: 'An email address or a username, in any spelling; what it is shows when it is looked up',
    ...{ schema: Login, taken: ['ann', 'ann@example.org'], refused: [''] },
  },
  {
    name: 'One-time code',
    rule: '6 digits; blanks and dashes between them go',
    ...{ schema: TypedCode, taken: ['123456', '123 456'], refused: ['12345', 'abcdef', ''] },
  },
  {
    name: 'Name of a workspace',
    rule: '2 to 80 characters of any script, runs of blanks become one, no control or format characters',
    ...{ schema: WorkspaceName, taken: ['Café 北京'], refused: ['', ' ', 'a'.repeat(81)] },
  },
  {
    name: 'Name of a passkey',
    rule: '1 to 60 characters that can be shown',
    ...{ schema: PasskeyName, taken: ['Blue key'], refused: ['', 'a'.repeat(300)] },
  },
  {
    name: 'Title',
    rule: '1 to 200 characters on one line; control characters go',
    ...{ schema: title, taken: ['Oil & lamps'], refused: ['', 'a'.repeat(201)] },
  },
  {
    name: 'Long text (a document)',
    rule: '1 to 250,000 characters; ends of lines become one kind, other control characters go',
    ...{ schema: text, taken: ['A\r\nB'], refused: ['', ' '] },
  },
  {
    name: 'Description of a task',
    rule: 'At most 20,000 characters, may be empty',
    ...{ schema: Description, taken: [''], refused: ['a'.repeat(20_001)] },
  },
  {
    name: 'Comment',
    rule: '1 to 20,000 characters',
    ...{ schema: CommentText, taken: ['Done'], refused: ['', ' \n ', 'a'.repeat(20_001)] },
  },
  {
    name: 'Day',
    rule: 'Year, month and day with dashes (ISO 8601), from 1970 to 2999, and one that exists',
    ...{ schema: Day, taken: ['2026-11-22'], refused: ['2026-02-30', '22.11.2026', '1969-12-31'] },
  },
  {
    name: 'Web address',
    rule: 'Whole, beginning with http:// or https://; where it leads is judged when it is fetched',
    schema: AddressDraft.shape.address,
    ...{ taken: ['https://example.org/a'], refused: ['example.org', 'ftp://example.org', 'javascript:alert(1)'] },
  },
  {
    name: 'One of a list',
    rule: 'Exactly one of the words that the form offers',
    ...{ schema: SpaceDraft.shape.kind, taken: ['team'], refused: ['Team', 'other', ''] },
  },
  {
    name: 'Several of a list',
    rule: 'Words of the product or ids, at most 200; one counts as a list of one',
    ...{ schema: AccessDraft.shape.roles, taken: ['member'], refused: ['nobody', '-1'] },
  },
];

/** V2.1.2: what has to fit together, where it is judged, and which test shows it (a file below `test/` and part of its name). */
export const combined = [
  {
    rule: 'A password may not be made mostly of the names of its owner and workspace',
    judged: 'features/accounts/password-rules.ts',
    shown: ['features/docs/sign-in.ts', 'each kind of word in the documented list is refused in a password'],
  },
  {
    rule: 'A password may be shorter beside a second factor, and the factor may not go before it was made longer',
    judged: 'features/accounts/password-rules.ts',
    shown: ['features/accounts/proof/proof.test.ts', 'then the factor stays until it is long again'],
  },
  {
    rule: 'An event ends after it begins, and its times exist in its time zone',
    judged: 'features/calendar/form',
    shown: ['features/calendar/events.ts', 'what is wrong is said beside what was typed'],
  },
  {
    rule: 'What is saved names the version that it was written over; a newer one is not overwritten',
    judged: 'features/agents/actions.ts',
    shown: ['features/agents/agents.test.ts', 'two people edit at once'],
  },
  {
    rule: 'Nobody gives or takes a right that they lack, and the last owner stays',
    judged: 'features/members/actions.ts',
    shown: ['features/members/members.test.ts', 'the last owner can neither leave'],
  },
  {
    rule: 'Two approvals are by two people, and neither by who asked, where the policy says so',
    judged: 'features/decisions/deciding.ts',
    shown: ['features/decisions/integrity.test.ts', 'two are two people'],
  },
  {
    rule: 'An approval holds for the call and the things as they were shown',
    judged: 'features/decisions/running/run.ts',
    shown: ['features/tasks/tools.test.ts', 'the approval holds for nothing'],
  },
  {
    rule: 'A deletion of a workspace has its name typed by who just proved who they are',
    judged: 'features/workspaces/routes.ts',
    shown: ['features/platform/tenants.test.ts', 'deletion takes a fresh proof and the typed address'],
  },
] as const;
