import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { client, close, listen } from './provider.js';

interface GitHubEmail {
  readonly email: string;
  readonly primary: boolean;
  readonly verified: boolean;
  readonly visibility: 'public' | 'private' | null;
}

export interface GitHubPerson {
  readonly id: number;
  readonly login: string;
  readonly emails: readonly GitHubEmail[];
}

export interface GitHub {
  readonly loginUrl: string;
  readonly userUrl: string;
  /** Who is signed in at GitHub in every browser, and has authorised us. */
  person: GitHubPerson;
  readonly tokens: string[];
  readonly scripts: Map<string, RequestListener>;
  close(): Promise<void>;
}

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly person: GitHubPerson;
}

/** Speaks GitHub's side of the wire: https://docs.github.com/apps/oauth-apps, with PKCE, which it judges by S256 only. */
export async function startGitHub(person: GitHubPerson): Promise<GitHub> {
  const [codes, tokens] = [new Map<string, Grant>(), new Map<string, GitHubPerson>()];
  const scripts = new Map<string, RequestListener>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', origin);
    const scripted = scripts.get(url.pathname);
    if (scripted) return scripted(request, response);
    if (url.pathname === '/login/oauth/authorize') return void authorize(url, response);
    if (url.pathname === '/login/oauth/access_token') return void exchange(request, response);
    const owner = tokens.get((request.headers.authorization ?? '').replace('Bearer ', ''));
    if (!owner || url.search) return json(response, 401, { message: 'Bad credentials' });
    const { id, login, emails } = owner;
    json(response, 200, url.pathname === '/user' ? { id, login, email: null, name: null } : emails);
  });
  const origin = await listen(server);
  const github: GitHub = {
    ...{ loginUrl: `${origin}/login/oauth`, userUrl: `${origin}/user`, person, scripts },
    get tokens() {
      return [...tokens.keys()];
    },
    close: () => close(server),
  };

  function authorize({ searchParams: asked }: URL, response: ServerResponse): unknown {
    const back = new URL(asked.get('redirect_uri') ?? '');
    const code = randomBytes(10).toString('hex');
    if (asked.get('code_challenge_method') !== 'S256') return json(response, 400, { error: 'invalid_request' });
    const challenge = asked.get('code_challenge') ?? '';
    codes.set(code, { challenge, redirectUri: back.href, person: github.person });
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    return response.writeHead(302, { location: back.href }).end();
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await bodyOf(request));
    const grant = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isClient = form.get('client_id') === client.id && form.get('client_secret') === client.secret;
    const isRight = isClient && grant?.challenge === challenge && grant.redirectUri === form.get('redirect_uri');
    // GitHub tells of a wrong code with status 200.
    if (!isRight || !grant) return json(response, 200, { error: 'bad_verification_code' });
    const token = `gho_${randomBytes(18).toString('hex')}`;
    tokens.set(token, grant.person);
    json(response, 200, { access_token: token, token_type: 'bearer', scope: 'user:email' });
  }

  return github;
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
