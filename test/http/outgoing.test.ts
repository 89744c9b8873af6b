import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Invalid } from '../../src/errors.js';
import { guardedFetch, nextUrl, type Resolve } from '../../src/http/outgoing.js';
import { isPublicAddress } from '../../src/http/public-address.js';

const opened: Server[] = [];

async function listen(answer: RequestListener, host = '127.0.0.1'): Promise<{ port: number; connects: () => number }> {
  let connects = 0;
  const server = createServer(answer).on('connection', () => {
    connects += 1;
  });
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return { port: (server.address() as AddressInfo).port, connects: () => connects };
}

/** Every port, so that only the address can be what is refused. */
const ports = Array.from({ length: 65_536 }, (_, port) => port);
const limits = { maxBytes: 100_000, seconds: 5, allow: [] as string[], ports };
/** A host that the operator allows by name, so that a test server can stand for one on the internet. */
const site = { ...limits, allow: ['site.example'], resolve: answering('127.0.0.1') };

function answering(...addresses: string[]): Resolve & { asked: () => number } {
  let asked = 0;
  const resolve = () => {
    const address = addresses[Math.min(asked, addresses.length - 1)] ?? '';
    asked += 1;
    return Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]);
  };
  return Object.assign(resolve, { asked: () => asked });
}

const rules = { allow: [], ports };

const refused = (message: RegExp) => (error: unknown) => error instanceof Invalid && message.test(error.message);

let canary: Awaited<ReturnType<typeof listen>>;
before(async () => {
  canary = await listen((_request, response) => response.end('the secret of this machine'));
});
after(() => {
  for (const server of opened) server.close().closeAllConnections();
});

test('a page is fetched without cookies or credentials, and says where it ended (KB-1)', async () => {
  const seen: Record<string, unknown>[] = [];
  const { port } = await listen((request, response) => {
    seen.push(request.headers);
    if (request.url === '/old') return response.writeHead(302, { location: '/new?x=1', 'set-cookie': 'a=b' }).end();
    return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>Hello');
  });
  const fetched = await guardedFetch(`http://site.example:${port}/old`, site);
  assert.equal(fetched.finalUrl, `http://site.example:${port}/new?x=1`);
  assert.equal(fetched.contentType, 'text/html; charset=utf-8');
  assert.equal(fetched.body.toString(), '<p>Hello');
  assert.equal(seen.length, 2);
  for (const headers of seen) {
    assert.equal(headers['user-agent'], 'Bailiwick');
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.authorization, undefined);
  }
});

test('with a list of the only hosts no other is reached, nor looked up, nor by way of a redirect (V13.2.5, IN-6)', async () => {
  const { port, connects } = await listen((request, response) => {
    if (request.url !== '/away') return response.end('reached');
    return response.writeHead(302, { location: `http://other.example:${port}/` }).end();
  });
  const listed = (only: string[], resolve = answering('127.0.0.1')) => ({
    ...{ ...limits, allow: ['127.0.0.1'], only, resolve },
  });
  const { body } = await guardedFetch(`http://docs.site.example:${port}/`, listed(['*.SITE.example']));
  assert.equal(body.toString(), 'reached');
  const refusedBy: [string, string[]][] = [
    [`http://site.example:${port}/`, ['*.site.example']],
    [`http://evilsite.example:${port}/`, ['*.site.example', 'site.example']],
    [`http://site.example.evil.example:${port}/`, ['site.example']],
    [`http://127.0.0.1:${port}/`, ['site.example', '10.0.0.0/8']],
    [`http://site.example:${port}/`, ['none']],
    [`http://docs.site.example:${port}/`, []],
  ];
  for (const [address, only] of refusedBy) {
    const resolve = answering('127.0.0.1');
    await assert.rejects(guardedFetch(address, listed(only, resolve)), refused(/named the only hosts/), address);
    assert.equal(resolve.asked(), 0, address);
  }
  const before = connects();
  await assert.rejects(
    guardedFetch(`http://site.example:${port}/away`, listed(['site.example'])),
    refused(/only hosts/),
  );
  assert.equal(connects(), before + 1, 'the second hop was not made');
  // A name on the list that leads into a private network is still what it is.
  const inside = { ...limits, only: ['site.example'], resolve: answering('127.0.0.1') };
  await assert.rejects(guardedFetch(`http://site.example:${port}/`, inside), refused(/private network/));
});

test('no way of writing a private address reaches this machine (IN-6, V1.3.6)', async () => {
  const hosts = `127.0.0.1 127.1 0x7f.1 0x7f000001 2130706433 0177.0.0.1 127.0.0.1. ①②⑦.⓪.⓪.① 0.0.0.0 localhost [::1] [::] [::ffff:127.0.0.1]
    [::ffff:7f00:1] [::7f00:1] [::ffff:0:127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [fd00::1] [fe80::1] [fec0::1] [ff02::1]
    [2001:db8::1] [100::1] 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 198.18.0.1 224.0.0.1 255.255.255.255 168.63.129.16`;
  const own = await listen((_request, response) => response.end('reached'));
  for (const host of hosts.split(/\s+/u))
    await assert.rejects(
      guardedFetch(`http://${host}:${own.port}/`, limits),
      refused(/private network|no server of this name/iu),
      host,
    );
  assert.equal(own.connects(), 0);
  await guardedFetch(`http://127.0.0.1:${own.port}/`, { ...limits, allow: ['127.0.0.0/8'] });
  assert.equal(own.connects(), 1, 'the listener does notice a connection');
});

test('addresses inside of others are judged by the inner one (IN-6)', () => {
  for (const address of [
    '93.184.215.14',
    '2606:4700::1111',
    '::ffff:93.184.215.14',
    '64:ff9b::5db8:d70e',
    '2002:5db8:d70e::1',
  ])
    assert.equal(isPublicAddress(address), true, address);
  for (const address of [
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '::10.0.0.1',
    '2001::1',
    '192.0.2.1',
    'nonsense',
    '',
  ])
    assert.equal(isPublicAddress(address), false, address);
});

test('a name with one private address among public ones is refused (IN-6)', async () => {
  const resolve: Resolve = async () => [
    { address: '93.184.215.14', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ];
  await assert.rejects(
    guardedFetch(`http://mixed.example:${canary.port}/`, { ...limits, resolve }),
    refused(/private network/u),
  );
  assert.equal(canary.connects(), 0);
});

test('a redirect into this machine is refused before it connects (IN-6, V15.3.2)', async () => {
  for (const location of [
    `http://127.0.0.1:${canary.port}/`,
    `//0x7f.1:${canary.port}/`,
    `http://[::ffff:7f00:1]:${canary.port}/`,
    'file:///etc/passwd',
    'http://',
  ]) {
    const { port } = await listen((_request, response) => response.writeHead(301, { location }).end());
    await assert.rejects(guardedFetch(`http://site.example:${port}/`, site), Invalid, location);
  }
  assert.equal(canary.connects(), 0);
});

test('a name that changes its address between two hops is checked again (IN-6)', async () => {
  const { port } = await listen(
    (_request, response) => response.writeHead(302, { location: `http://rebind.example:${canary.port}/` }).end(),
    '127.0.0.2',
  );
  const resolve = answering('127.0.0.2', '127.0.0.1');
  const fetching = guardedFetch(`http://rebind.example:${port}/`, { ...limits, allow: ['127.0.0.2/32'], resolve });
  await assert.rejects(fetching, refused(/private network/u));
  assert.equal(resolve.asked(), 2);
  assert.equal(canary.connects(), 0);
});

test('the connection goes to the address that was checked, asked for once (IN-6)', async () => {
  const { port } = await listen((_request, response) => response.end('right'), '127.0.0.2');
  const resolve = answering('127.0.0.2', '127.0.0.1');
  const fetched = await guardedFetch(`http://pinned.example:${port}/`, { ...limits, allow: ['127.0.0.2'], resolve });
  assert.equal(fetched.body.toString(), 'right');
  assert.equal(resolve.asked(), 1);
});

test('encryption is not given up on the way, and redirects end (IN-6)', async () => {
  assert.throws(
    () => nextUrl(new URL('https://a.example/'), 'http://a.example/', rules),
    refused(/without encryption/u),
  );
  assert.equal(nextUrl(new URL('https://a.example/x'), '/y', rules).href, 'https://a.example/y');
  const { port, connects } = await listen((_request, response) =>
    response.writeHead(302, { location: '/again' }).end(),
  );
  await assert.rejects(guardedFetch(`http://site.example:${port}/`, site), refused(/leads on too many times/u));
  assert.ok(connects() <= 6);
});

test('only ports of web servers are reached, unless the operator allows the host (IN-6)', async () => {
  const usual = { maxBytes: 100_000, seconds: 5, allow: ['127.0.0.0/8'], resolve: answering('127.0.0.1') };
  const before = canary.connects();
  for (const port of [canary.port, 22, 25, 3306, 5432, 6379, 11_211])
    await assert.rejects(guardedFetch(`http://pinned.example:${port}/`, usual), refused(/names a port/u), String(port));
  const leading = await listen((_request, response) =>
    response.writeHead(302, { location: `http://pinned.example:${canary.port}/` }).end(),
  );
  const both = { ...usual, allow: [...usual.allow, 'site.example'] };
  await assert.rejects(guardedFetch(`http://site.example:${leading.port}/`, both), refused(/names a port/u));
  assert.equal(canary.connects(), before);
  await guardedFetch(`http://pinned.example:${canary.port}/`, { ...usual, allow: ['pinned.example'] });
  assert.equal(canary.connects(), before + 1);
});

test('a server that drips, hangs or never ends is left in time (KB-5)', async () => {
  const dripping = await listen((_request, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  const silent = await listen(() => {});
  for (const { port } of [dripping, silent]) {
    const started = performance.now();
    await assert.rejects(
      guardedFetch(`http://site.example:${port}/`, { ...site, seconds: 0.3 }),
      refused(/within 0\.3 seconds/u),
    );
    assert.ok(performance.now() - started < 15_000);
  }
  const nameless: Resolve = () => new Promise(() => {});
  await assert.rejects(
    guardedFetch('http://slow.example/', { ...limits, seconds: 0.2, resolve: nameless }),
    refused(/within 0\.2 seconds/u),
  );
});

test('more than the allowed bytes are refused, declared or not, packed or not (KB-5)', async () => {
  const answers: RequestListener[] = [
    (_request, response) => response.writeHead(200, { 'content-length': 100_001 }).end(Buffer.alloc(100_001)),
    (_request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(50_000)), 1);
      response.on('close', () => clearInterval(timer));
    },
    (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(100_001))),
  ];
  for (const answer of answers) {
    const { port } = await listen(answer);
    await assert.rejects(guardedFetch(`http://site.example:${port}/`, site), refused(/larger than 100000 bytes/u));
  }
  const { port } = await listen((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('packed')),
  );
  assert.equal((await guardedFetch(`http://site.example:${port}/`, site)).body.toString(), 'packed');
});

test('an address that cannot be fetched says what to do about it (KB-1)', async () => {
  const wrong: [address: string, message: RegExp][] = [
    ['', /begins with https/u],
    ['not an address', /begins with https/u],
    ['ftp://site.example/', /begins with https/u],
    ['file:///etc/passwd', /begins with https/u],
    ['javascript:alert(1)', /begins with https/u],
    ['http://name:word@site.example/', /Remove the user name/u],
  ];
  for (const [address, message] of wrong) await assert.rejects(guardedFetch(address, site), refused(message), address);
  const { port } = await listen((request, response) => response.writeHead(Number(request.url?.slice(1))).end());
  await assert.rejects(guardedFetch(`http://site.example:${port}/404`, site), refused(/nothing at this address/u));
  await assert.rejects(guardedFetch(`http://site.example:${port}/401`, site), refused(/signed-in people/u));
  await assert.rejects(guardedFetch(`http://site.example:${port}/500`, site), refused(/status 500/u));
  const missing: Resolve = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
  await assert.rejects(
    guardedFetch('http://missing.example/', { ...limits, resolve: missing }),
    refused(/no server of this name/u),
  );
  opened.at(-1)?.close();
  await assert.rejects(guardedFetch(`http://site.example:1/`, site), refused(/No server answers/u));
});

test('a small answer that unpacks to many times its limit is left at its limit, in any form (KB-5)', async () => {
  const { constants, createBrotliCompress, createDeflate, createGzip } = await import('node:zlib');
  const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };
  const packers = { gzip: createGzip(), deflate: createDeflate(), br: createBrotliCompress(fast) };
  for (const [encoding, packer] of Object.entries(packers)) {
    const packed: Buffer[] = [];
    packer.on('data', (chunk: Buffer) => packed.push(chunk));
    const ended = new Promise((resolve) => packer.on('end', resolve));
    for (let written = 0; written < 16; written += 1) packer.write(Buffer.alloc(1_048_576));
    packer.end();
    await ended;
    const bomb = Buffer.concat(packed);
    assert.ok(bomb.length < 100_000);
    const { port } = await listen((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(bomb),
    );
    const before = process.memoryUsage().arrayBuffers;
    await assert.rejects(guardedFetch(`http://site.example:${port}/`, site), refused(/larger than 100000 bytes/u));
    assert.ok(process.memoryUsage().arrayBuffers - before < 4 * 1_048_576, encoding);
  }
  const twice = await listen((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync('x'))),
  );
  await assert.rejects(guardedFetch(`http://site.example:${twice.port}/`, site), refused(/unknown form/u));
});

test('the caller can give up (KB-1)', async () => {
  const { port } = await listen(() => {});
  const reason = new Error('left the page');
  const fetching = guardedFetch(`http://site.example:${port}/`, {
    ...site,
    signal: AbortSignal.any([AbortSignal.abort(reason)]),
  });
  await assert.rejects(fetching, reason);
});
