import assert from 'node:assert/strict';

/** What every answer of the application has, whatever it answers (CR-3). */
const required: Readonly<Record<string, RegExp>> = {
  'content-security-policy': /^default-src 'none';/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^(same-origin|strict-origin)$/,
  'permissions-policy': /camera=\(\).*usb=\(\).*publickey-credentials-get=\(self\)/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
};
/** Those of answers that the application itself gives; the ones before it have no page, no nonce and no request id. */
const fromTheApplication: Readonly<Record<string, RegExp>> = { 'x-request-id': /^[\w-]{8,64}$/ };
const directives = ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"];
const directivesOfPages = [/^script-src 'self' 'nonce-[\w+/=]{24}'$/, /^style-src 'self' 'nonce-[\w+/=]{24}'$/];
const exactOfPages = ["object-src 'none'", "connect-src 'self'", "font-src 'self'", "img-src 'self' data:"].concat(
  'report-uri /csp-reports',
);

interface Strictness {
  /** Answered before any application ran. */
  readonly bare?: boolean;
  readonly https?: boolean;
}

type HeaderOf = (name: string) => string | null | undefined;

/** Fails with the name of the first header that is missing or weaker than it must be. */
export function assertStrict(header: HeaderOf, where: string, { bare = false, https = false }: Strictness = {}): void {
  const wanted = { ...required, ...(bare ? {} : fromTheApplication), ...(https ? overHttps : {}) };
  for (const [name, shape] of Object.entries(wanted)) assert.match(header(name) ?? '', shape, `${name} of ${where}`);
  const policy = header('content-security-policy') ?? '';
  assert.doesNotMatch(policy, /unsafe|\*/, where);
  const said = policy.split(/; ?/);
  for (const directive of [...directives, ...(bare ? [] : exactOfPages)]) {
    assert.ok(said.includes(directive), `${directive} of ${where}`);
  }
  for (const shape of bare ? [] : directivesOfPages)
    assert.ok(
      said.some((each) => shape.test(each)),
      `${shape} ${where}`,
    );
  assert.ok(bare || said.some((each) => /^form-action 'self'( https?:\/\/[\w.:-]+)*$/.test(each)), where);
  for (const told of ['x-powered-by', 'server', 'access-control-allow-origin']) {
    assert.equal(header(told) ?? null, null, `${told} of ${where}`);
  }
}

const overHttps: Readonly<Record<string, RegExp>> = {
  'strict-transport-security': /^max-age=63072000; includeSubDomains$/,
};

/** Nobody keeps a page or what it leads to; files without secrets may be kept, those named by their content for a year. */
export function assertKept(header: HeaderOf, path: string): void {
  const isFile = /^\/(css|js|icons)\//.test(path) && /\?v=|\.(css|js|svg)/.test(path);
  const kept = header('cache-control') ?? '';
  if (isFile) assert.match(kept, /^(no-store|no-cache|public, max-age=31536000, immutable)$/, path);
  else assert.equal(kept, 'no-store', `cache-control of ${path}`);
}
