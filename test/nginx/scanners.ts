import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

export interface Target {
  /** The name that the edge serves; it is on 127.0.0.1 in any case. */
  readonly name: string;
  readonly port: number;
  readonly caFile: string;
}

export interface Report {
  /** What it measured, in a few words. */
  readonly says: string;
  /** What is wrong, one line each. */
  readonly findings: readonly string[];
}

/** Where a program lies on this machine; undefined when it does not. */
export function whereIs(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(':');
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Every suite that is agreed to, graded by nmap. */
export async function nmap({ name, port }: Target): Promise<Report> {
  const script = ['--script', 'ssl-enum-ciphers', '--script-args', `tls.servername=${name}`];
  const { stdout } = await run('nmap', ['-Pn', '-n', '-p', String(port), ...script, '127.0.0.1']);
  const strength = /least strength: (\S+)/.exec(stdout)?.[1] ?? 'nothing';
  const weak = [...stdout.matchAll(/^\|\s+(TLS_\S+).* - ([B-F])$/gm)].map(([, suite, grade]) => `${suite}: ${grade}`);
  const warnings = /warnings:([\s\S]*?)\n\|(?:_| {3}TLS| {6}cipher)/.exec(stdout)?.[1]?.match(/[A-Z][^\n|]+/g) ?? [];
  return {
    says: `least strength ${strength}`,
    findings: strength === 'A' ? [...warnings] : [`the least strength is ${strength}`, ...weak, ...warnings],
  };
}

const sound = /^(?:TLS_(?:AES|CHACHA20)|ECDHE-(?:ECDSA|RSA)-(?:AES\d+-GCM|CHACHA20))/;

/** Protocols, suites, groups, renegotiation, compression and the certificate. */
export async function sslscan({ name, port }: Target): Promise<Report> {
  const { stdout } = await run('sslscan', ['--no-colour', `--sni-name=${name}`, `127.0.0.1:${port}`]);
  const enabled = [...stdout.matchAll(/^((?:SSL|TLS)v\S+)\s+enabled/gm)].map(([, protocol = '']) => protocol);
  const suites = [...stdout.matchAll(/^(?:Preferred|Accepted)\s+\S+\s+(\d+) bits\s+(\S+)/gm)];
  const wrong: [boolean, string][] = [
    [suites.length === 0, 'it agreed to no suite at all'],
    [/heartbleed/i.test(stdout.replace(/not vulnerable to heartbleed/g, '').replace(/Heartbleed:/, '')), 'Heartbleed'],
    [/^Compression enabled/m.test(stdout), 'TLS compression'],
    [/^Insecure (?:session|client)/m.test(stdout), 'insecure renegotiation'],
    [!/^Server supports TLS Fallback SCSV/m.test(stdout), 'a downgrade is not noticed'],
    [/^Signature Algorithm: .*(?:md5|sha1)/im.test(stdout), 'a certificate that is signed weakly'],
    [Number(/^RSA Key Strength:\s+(\d+)/m.exec(stdout)?.[1] ?? 2048) < 2048, 'a short RSA key'],
  ];
  const old = enabled.filter((protocol) => protocol !== 'TLSv1.2' && protocol !== 'TLSv1.3');
  const weak = suites.filter(([, bits, suite = '']) => Number(bits) < 128 || !sound.test(suite));
  return {
    says: `${enabled.join(', ')}; ${suites.length} suites`,
    findings: [
      ...old.map((protocol) => `${protocol} is spoken`),
      ...new Set(weak.map(([, , suite]) => `${suite} is agreed to`)),
      ...wrong.flatMap(([is, what]) => (is ? [what] : [])),
    ],
  };
}

export const leastPoints = 130;
const Scan = z.object({
  scan: z.object({ grade: z.string(), score: z.number() }),
  tests: z.record(z.string(), z.object({ pass: z.boolean(), result: z.string(), scoreModifier: z.number() })),
});

/**
 * The MDN HTTP Observatory, from a folder in which `npm install --ignore-scripts @mdn/mdn-http-observatory@1.4.8` was run.
 * It knows no ports: the target must be on 443, and its redirect on 80. The two lists that it would download are left empty.
 */
export async function observatory({ name, caFile }: Target, folder: string): Promise<Report> {
  const home = join(folder, 'node_modules', '@mdn', 'mdn-http-observatory');
  for (const list of ['hsts-preload.json', 'tld-list.json']) {
    writeFileSync(join(home, 'conf', list), list.startsWith('tld') ? '[]' : '{}');
  }
  const { stdout } = await run(process.execPath, [join(home, 'src', 'scan.js'), name], {
    env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: caFile },
  }).catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }));
  const read = Scan.safeParse(JSON.parse(stdout || '{}'));
  if (!read.success) return { says: 'no points', findings: [`it could not scan: ${stdout.slice(0, 200)}`] };
  const { scan, tests } = read.data;
  const failed = Object.entries(tests).filter(([, { pass }]) => !pass);
  const low = scan.score < leastPoints ? [`${scan.score} points are fewer than ${leastPoints}`] : [];
  return {
    says: `${scan.grade}, ${scan.score} points`,
    findings: [...low, ...failed.map(([test, { result, scoreModifier }]) => `${test}: ${result} (${scoreModifier})`)],
  };
}

const Lines = z.array(z.object({ id: z.string(), severity: z.string(), finding: z.string() }));
const fewestChecks = 100;
/** Of a throw-away certificate, on a machine that nobody else can ask about it. */
const ofTheCertificate = /^(?:cert_|DNS_CAA|OCSP|CRL|HPKP|overall_grade|grade_cap|final_score|scan)/i;
/**
 * What the scanner could not look at: it says so of the machine's openssl, and it asks for renegotiation without naming a
 * host, on which this edge hangs up. sslscan asks with the name.
 */
const ofTheScanner = /^(?:engine_problem: No engine|secure_renego: OpenSSL handshake didn't succeed)/;

/** The long scan, two minutes and more. `program` is testssl.sh, which Debian calls testssl. */
export async function testssl({ name, port, caFile }: Target, program: string): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-testssl-'));
  const file = join(folder, 'report.json');
  try {
    const quiet = ['--quiet', '--color', '0', '--warnings', 'batch', '--nodns', 'min', '--jsonfile', file];
    const options = [...quiet, '--add-ca', caFile, '--ip', '127.0.0.1', `${name}:${port}`];
    // It ends with the number of its findings, so only its report says how it went.
    await run(program, options, { maxBuffer: 16 * 1024 * 1024 }).catch(() => {});
    const lines = Lines.parse(JSON.parse(readFileSync(file, 'utf8')));
    const grave = lines.filter(({ id, severity }) => !/^(?:OK|INFO)$/.test(severity) && !ofTheCertificate.test(id));
    const broken = lines.length < fewestChecks ? [`it made ${lines.length} checks only: ${lines[0]?.finding}`] : [];
    const findings = grave
      .map(({ id, severity, finding }) => `${id}: ${finding} (${severity})`)
      .filter((finding) => !ofTheScanner.test(finding));
    const graded = lines.filter(({ id }) => /^(?:final_score|overall_grade|grade_cap)/.test(id));
    const grade = graded.map(({ id, finding }) => `${id} ${finding}`).join(', ');
    return { says: `${lines.length} checks; ${grade || 'no grade'}`, findings: [...broken, ...findings] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
