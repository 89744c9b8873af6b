/** The seven ways to fail. The domain throws them; http/failure.ts answers. Texts are shown to people: say what to do. */
export abstract class Failure extends Error {
  abstract readonly status: number;
  abstract readonly title: string;
}

export class Unauthenticated extends Failure {
  readonly status = 401;
  readonly title = 'Sign in first';
}

export class Forbidden extends Failure {
  readonly status = 403;
  readonly title = 'You may not do this';
}

export class NotFound extends Failure {
  readonly status = 404;
  readonly title = 'Not found';
}

export class Conflict extends Failure {
  readonly status = 409;
  readonly title = 'Something else changed first';
}

/** `fields` maps a form field to its message; an empty field name is the form as a whole. */
export class Invalid extends Failure {
  readonly status = 422;
  readonly title = 'Check what you entered';
  readonly fields: Readonly<Record<string, string>>;
  constructor(message: string, fields: Record<string, string> = {}) {
    super(message);
    this.fields = fields;
  }
}

/** `retryAfter` in whole seconds, sent as the Retry-After header (RFC 9110 §10.2.3). */
export class TooManyRequests extends Failure {
  readonly status = 429;
  readonly title = 'Too many attempts';
  readonly retryAfter: number;
  constructor(message: string, retryAfter: number) {
    super(message);
    this.retryAfter = Math.max(1, Math.ceil(retryAfter));
  }
}

/** The database, a model provider, the mail server or another outside party failed or is away. */
export class UpstreamFailed extends Failure {
  readonly status = 503;
  readonly title = 'Something we depend on is not answering';
  readonly retryAfter = 5;
}
