import { z } from 'zod';
import { Invalid } from '../../../errors.js';

/** Far above what any browser sends; certificates of an attestation are the longest part. */
const mostCharacters = 64 * 1024;

const Base64Url = z.string().regex(/^[A-Za-z0-9_-]+$/);
const Extensions = z.object({ credProps: z.object({ rk: z.boolean().optional() }).optional() }).catch({});
// WebAuthn Level 3, 7.1 step 25: an id is at most 1023 bytes.
const CredentialId = Base64Url.max(1364);

const Common = z.object({
  id: CredentialId,
  rawId: CredentialId,
  type: z.literal('public-key'),
  clientExtensionResults: Extensions,
});

/** What `PublicKeyCredential.toJSON` gives after `create`. */
const Registration = Common.extend({
  response: z.object({
    clientDataJSON: Base64Url,
    attestationObject: Base64Url,
    transports: z.array(z.string().max(32)).max(16).optional(),
  }),
});
export type Registration = z.infer<typeof Registration>;

/** And after `get`. */
const Assertion = Common.extend({
  response: z.object({
    clientDataJSON: Base64Url,
    authenticatorData: Base64Url,
    signature: Base64Url,
    userHandle: Base64Url.nullish().transform((handle) => handle ?? undefined),
  }),
});
export type Assertion = z.infer<typeof Assertion>;

const ClientData = z.object({ challenge: Base64Url, crossOrigin: z.boolean().optional() });
export type ClientData = z.infer<typeof ClientData>;

export const registrationIn = (text: unknown) => parsed(Registration, text);
export const assertionIn = (text: unknown) => parsed(Assertion, text);

/** Both throw Invalid for what no browser would send. */
function parsed<Shape extends { response: { clientDataJSON: string } }>(
  schema: z.ZodType<Shape>,
  text: unknown,
): Shape & { clientData: ClientData } {
  const credential = schema.safeParse(json(text));
  if (!credential.success) throw malformed();
  const clientData = ClientData.safeParse(json(decoded(credential.data.response.clientDataJSON)));
  if (!clientData.success) throw malformed();
  return { ...credential.data, clientData: clientData.data };
}

function json(text: unknown): unknown {
  if (typeof text !== 'string' || text.length > mostCharacters) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decoded(text: string): string {
  return Buffer.from(text, 'base64url').toString();
}

function malformed(): Invalid {
  return new Invalid(
    'What arrived is not a passkey. Reload the page and try again; passkeys need a browser with scripts.',
  );
}
