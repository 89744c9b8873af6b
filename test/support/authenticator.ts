import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { z } from 'zod';

/** What a page's script gets from the server, as far as an authenticator looks at it. */
const Options = z.object({
  challenge: z.string(),
  rp: z.object({ id: z.string() }).optional(),
  rpId: z.string().optional(),
  user: z.object({ id: z.string() }).optional(),
});

/** What goes wrong, or is done on purpose. Without anything it is an honest passkey that checked a PIN. */
export interface Quirks {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly isPresent?: boolean;
  readonly isVerified?: boolean;
  readonly isSynced?: boolean;
  readonly isDiscoverable?: boolean;
  readonly userHandle?: string | null;
  readonly challenge?: string;
  /** The count that it claims; by default one more each time. */
  readonly counter?: number;
  readonly isForged?: boolean;
}

export interface Authenticator {
  readonly id: string;
  /** What the browser sends after `create` and after `get`, as JSON in a form's field. */
  create(options: unknown, quirks?: Quirks): string;
  get(options: unknown, quirks?: Quirks): string;
}

const base64url = (bytes: Buffer) => bytes.toString('base64url');
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest();

/** A passkey with one ES256 key (WebAuthn Level 3, 6), for what no browser would do. The browser tests use Chromium's own. */
export function newAuthenticator(origin: string): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const credentialId = randomBytes(16);
  const id = base64url(credentialId);
  let counter = 0;
  let handle: string | undefined;

  const signedPart = (options: z.infer<typeof Options>, quirks: Quirks, attested = Buffer.alloc(0)) => {
    counter = quirks.counter ?? counter + 1;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const rpId = quirks.rpId ?? options.rp?.id ?? options.rpId ?? '';
    return Buffer.concat([sha256(rpId), flags(quirks, attested.length > 0), count, attested]);
  };
  const credential = (response: object, quirks: Quirks) =>
    JSON.stringify({
      ...{ id, rawId: id, type: 'public-key', response },
      clientExtensionResults: { credProps: { rk: quirks.isDiscoverable ?? true } },
    });
  return {
    id,
    create(given, quirks = {}) {
      const options = Options.parse(given);
      handle = options.user?.id;
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, 16]), credentialId, coseKey(publicKey)]);
      const authData = signedPart(options, quirks, attested);
      const clientDataJSON = clientData('webauthn.create', { origin, ...options, ...quirks });
      const attestationObject = cbor(
        new Map<string, Encodable>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', authData],
        ]),
      );
      return credential(
        {
          clientDataJSON: base64url(clientDataJSON),
          attestationObject: base64url(attestationObject),
          transports: ['internal'],
        },
        quirks,
      );
    },
    get(given, quirks = {}) {
      const options = Options.parse(given);
      const authenticatorData = signedPart(options, quirks);
      const clientDataJSON = clientData('webauthn.get', { origin, ...options, ...quirks });
      const key = quirks.isForged ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : privateKey;
      const signature = sign('sha256', Buffer.concat([authenticatorData, sha256(clientDataJSON)]), key);
      const userHandle = quirks.userHandle === undefined ? handle : quirks.userHandle;
      return credential(
        {
          clientDataJSON: base64url(clientDataJSON),
          authenticatorData: base64url(authenticatorData),
          signature: base64url(signature),
          userHandle,
        },
        quirks,
      );
    },
  };
}

function flags({ isPresent = true, isVerified = true, isSynced = false }: Quirks, hasKey: boolean): Buffer {
  return Buffer.from([(isPresent ? 1 : 0) | (isVerified ? 4 : 0) | (isSynced ? 8 | 16 : 0) | (hasKey ? 64 : 0)]);
}

function clientData(type: string, { origin, challenge, crossOrigin = false, ...more }: Quirks): Buffer {
  return Buffer.from(JSON.stringify({ type: more.type ?? type, challenge, origin, crossOrigin }));
}

function coseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return cbor(
    new Map<number, Encodable>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  );
}

type Encodable = number | string | Buffer | Map<number | string, Encodable>;

/** As much of RFC 8949 as an attestation takes. */
function cbor(value: Encodable): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)])]);
}

function head(major: number, count: number): Buffer {
  if (count < 24) return Buffer.from([(major << 5) | count]);
  if (count < 256) return Buffer.from([(major << 5) | 24, count]);
  return Buffer.from([(major << 5) | 25, count >> 8, count & 255]);
}
