import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { openThreadByReference } from '../../../src/features/disclosure/thread/actions.js';
import type { TestServer } from '../../support/server.js';
import { mailsTo, newPerson } from '../accounts/people.js';
import { type Operator, platformEvents, putInConsole } from '../platform/console.js';
import { command, type Desk, openDesk, operator, report } from './reporting.js';

const home = '/platform/reports';
let server: TestServer;
let dora: Operator;
let operate: Desk['operate'];
let seenAt: Desk['seenAt'];

before(async () => {
  ({ server, dora, operate, seenAt } = await openDesk());
});
after(() => server?.close());
beforeEach(() => putInConsole(server, dora.id));

test('a report by form has a page of its own, where both sides write (GV-5)', async () => {
  const reporter = newPerson(server);
  const wrong = await reporter.submit(
    '/security/reports/new',
    { subject: '', text: 'It leaks.', from: 'no address' },
    '/security/reports',
  );
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /Give it a title\./);
  assert.match(wrong.text, /It leaks\./);
  const fields = { subject: 'It leaks', text: 'Steps <script>', from: 'form@researcher.test', name: 'Eve' };
  const taken = await reporter.submit('/security/reports/new', fields, '/security/reports');
  assert.equal(taken.status, 303, taken.text);
  const page = await newPerson(server).get(taken.location);
  assert.match(page.text, /Steps &lt;script&gt;/);
  assert.match(page.text, /A person answers by/);
  assert.equal(page.headers.get('referrer-policy'), 'strict-origin');
  const [reference = ''] = /BW-\w{4}-\w{4}/.exec(page.text) ?? [];
  const [acknowledgement] = await mailsTo(server, 'form@researcher.test');
  assert.ok(acknowledgement?.text.includes(taken.location), 'the mail lacks the link');
  assert.equal((await mailsTo(server, operator)).at(-1)?.subject, `A security report came in: ${reference}`);

  await operate(`${reference}/answers`, { answer: 'Thank you.' });
  await operate(`${reference}/state`, { state: 'confirmed' });
  const answered = await reporter.get(taken.location);
  assert.match(answered.text, /Thank you\./);
  assert.match(answered.text, /Confirmed, being mended/);
  assert.equal(
    (await reporter.submit(taken.location, { text: 'And more.' }, `${taken.location}/messages`)).status,
    303,
  );
  const { rows } = await server.database.admin.query('select event from shared.platform_events order by at, id');
  assert.deepEqual(
    rows.map(({ event }) => event),
    ['report.received', 'platform.report-answered', 'platform.report-moved', 'report.continued'],
  );
  assert.match(
    await command('show', reference),
    /Steps <script>[\s\S]*operator[\s\S]*Thank you\.[\s\S]*reporter[\s\S]*And more\./,
  );
});

test('nobody opens a report without its link, and the table holds neither text nor link (GV-5)', async () => {
  assert.equal((await newPerson(server).get(`/security/reports/${'a'.repeat(43)}`)).status, 404);
  assert.equal((await newPerson(server).get('/security/reports/short')).status, 404);
  const { rows } = await server.database.admin.query('select * from shared.reports');
  assert.doesNotMatch(JSON.stringify(rows), /leaks|researcher/);
});

test('files of the form are sealed as they are, leave as downloads only, and encrypted text passes untouched (GV-5)', async () => {
  const reporter = newPerson(server);
  const _csrf = await reporter.token('/security/reports/new');
  const body = new FormData();
  const armoured = ' -----BEGIN PGP MESSAGE-----\r\n\r\nwy4ECQMI=\r\n=abcd\r\n-----END PGP MESSAGE-----  \r\n';
  const fields = { _csrf, subject: 'With a file', text: armoured, from: '', name: '' };
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.append('files', new Blob(['<script>canary</script>'], { type: 'text/html' }), '../../ü.html');
  const taken = await reporter.send('/security/reports', { method: 'POST', body, headers: { Origin: server.origin } });
  assert.equal(taken.status, 303, taken.text);
  const [reference = ''] = /BW-\w{4}-\w{4}/.exec((await reporter.get(taken.location)).text) ?? [];
  assert.equal((await openThreadByReference(reference)).written.text, armoured);
  const href = /href="([^"]+\/attachments\/[^"]+)"/.exec(await seenAt(`/${reference}`))?.[1] ?? '';
  const file = await dora.person.get(href);
  assert.deepEqual([file.status, file.text], [200, '<script>canary</script>']);
  assert.equal(file.headers.get('content-type'), 'application/octet-stream');
  assert.match(file.headers.get('content-disposition') ?? '', /^attachment; filename="?BW-[\w-]+\.bin"?$/);
  assert.match(file.headers.get('content-security-policy') ?? '', /sandbox/);
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-reports-'));
  assert.match(await command('files', reference, folder), /BW-\w{4}-\w{4}-1\ttext\/html\t.*ü\.html/);
  assert.deepEqual(readdirSync(folder), [`${reference}-1`]);
  assert.equal(readFileSync(join(folder, `${reference}-1`), 'utf8'), '<script>canary</script>');
});

test('triage: notes and workspaces stay inside, answers go into the thread, every step is in the audit (GV-5)', async () => {
  const { reference, page } = await report('A hole in triage');
  assert.equal((await operate('templates', { name: 'First', text: 'Dear finder,' })).status, 303);
  assert.equal((await operate('templates', { name: 'first', text: 'Another.' })).status, 422);
  const template = /templates\/([0-9a-f-]{36})/.exec(await seenAt('/templates'))?.[1];
  assert.match(await seenAt(`/${reference}?template=${template}`), /name="answer"[^>]*>Dear finder,</);
  assert.equal((await operate(`templates/${template}/deletion`)).status, 303);
  await server.database.admin.query(`update shared.tenants set slug = 'acme', name = 'Acme canary', status = 'active'`);
  for (const [path, fields] of [
    ['notes', { note: 'Internal canary.' }],
    ['tenants', { slug: 'acme' }],
    ['answers', { answer: 'Thank you.\n\nWe look.' }],
    ['state', { state: 'confirmed' }],
  ] as const) {
    const answer = await operate(`${reference}/${path}`, fields);
    assert.equal(answer.status, 303, `${path} ${answer.text}`);
  }
  const [thread, shown] = [await seenAt(`/${reference}`), (await newPerson(server).get(page)).text];
  for (const seen of ['Internal canary.', 'Acme canary', 'Steps &lt;script&gt;', 'We look.'])
    assert.ok(thread.includes(seen), seen);
  assert.match(shown, /We look\./);
  const mails = await mailsTo(server, 'eve@researcher.test');
  const mail = mails.at(-1);
  assert.deepEqual(mail?.thread, { reference, replyTo: 'security@bailiwick.test', personal: true });
  assert.match(mail?.text ?? '', /Thank you\.\n\nWe look\./);
  for (const secret of ['canary', 'dora', 'acme'])
    assert.ok(!`${shown}${mail?.text}${mail?.html}`.includes(secret), secret);
  const events = (await platformEvents(server)).filter(({ details }) => details.reference === reference);
  assert.deepEqual(
    events.map(({ event, actor }) => [event, actor]),
    ['noted', 'linked', 'answered', 'moved'].map((act) => [`platform.report-${act}`, 'dora']),
  );
});

test('what goes to the reporter or to everybody needs a fresh proof; members have no triage (GV-5, AC-11)', async () => {
  const { reference } = await report('Proof');
  await putInConsole(server, dora.id, Date.now() - 11 * 60_000);
  const _csrf = await dora.person.token('/platform');
  for (const act of ['answers', 'publication']) {
    const asked = await dora.person.post(`${home}/${reference}/${act}`, { _csrf, answer: 'Hello.' });
    assert.match(asked.text, /name="proof/, act);
  }
  assert.doesNotMatch(await seenAt(`/${reference}`), /Hello\./);
  assert.equal((await newPerson(server).get(`${home}/${reference}`)).status, 303);
});

test('the list is narrowed by state, severity and clock, and a severity is computed here (GV-5)', async () => {
  const [rated, late, copy] = [await report('Rated'), await report('Late'), await report('Copy')];
  const metrics = { AV: 'N', AC: 'L', AT: 'N', PR: 'N', UI: 'N', VC: 'H', VI: 'H', VA: 'H', SC: 'N', SI: 'N' };
  assert.equal((await operate(`${rated.reference}/severity`, metrics)).status, 422);
  const preview = await operate(`${rated.reference}/severity`, { ...metrics, SA: 'N', act: 'preview' });
  assert.match(preview.text, /9\.3 critical/);
  assert.equal((await operate(`${rated.reference}/severity`, { ...metrics, SA: 'N' })).status, 303);
  const query = `?${new URLSearchParams({ ...metrics, SA: 'N' })}`;
  assert.equal(JSON.parse(await seenAt(`/${rated.reference}/severity/preview${query}`)).score, 9.3);
  await server.database.admin.query(
    "update shared.reports set acknowledge_by = now() - interval '1 hour' where reference = $1",
    [late.reference],
  );
  assert.equal(
    (await operate(`${copy.reference}/state`, { state: 'duplicate', original: copy.reference })).status,
    422,
  );
  assert.equal(
    (await operate(`${copy.reference}/state`, { state: 'duplicate', original: rated.reference })).status,
    303,
  );
  for (const [filter, wanted] of [
    ['?severity=critical', rated],
    ['?due=overdue', late],
    ['?state=duplicate', copy],
    [`?q=${late.reference.toLowerCase()}`, late],
  ] as const) {
    const text = await seenAt(filter);
    for (const { reference } of [rated, late, copy])
      assert.equal(text.includes(reference), reference === wanted.reference, filter);
  }
  assert.match(await seenAt(''), /class="tally danger"[^>]*><strong>1<\/strong> <span>Overdue/);
});

test('a name is public when the reporter agreed and the operator published it, and gone when it is withdrawn (GV-5)', async () => {
  const { reference, page } = await report('Thanks');
  const thanked = async () => (await newPerson(server).get('/security/acknowledgements')).text.includes('Evelyn &lt;3');
  const reporter = newPerson(server);
  assert.equal((await operate(`${reference}/publication`)).status, 409);
  const unsafe = { creditName: 'Evelyn', creditLink: 'javascript:alert(1)' };
  assert.equal((await reporter.submit(page, unsafe, `${page}/acknowledgement`)).status, 422);
  const credit = { creditName: 'Evelyn <3', creditLink: 'https://eve.example.org/' };
  assert.equal((await reporter.submit(page, credit, `${page}/acknowledgement`)).status, 303);
  assert.equal(await thanked(), false);
  await operate(`${reference}/state`, { state: 'fixed' });
  assert.equal((await operate(`${reference}/publication`)).status, 303);
  assert.equal(await thanked(), true);
  // Another name is looked at anew.
  await reporter.submit(page, { ...credit, creditName: 'Evelyn <3 buys pills' }, `${page}/acknowledgement`);
  assert.equal(await thanked(), false);
  await operate(`${reference}/publication`);
  await reporter.submit(page, {}, `${page}/acknowledgement/withdrawal`);
  assert.equal(await thanked(), false);
  const { rows } = await server.database.admin.query('select credit from shared.reports where reference = $1', [
    reference,
  ]);
  assert.equal(rows[0].credit, null);
});

test('everybody reads the policy and how reports were dealt with; weekends are counted as the operator says (GV-4, GV-5)', async () => {
  await server.database.admin.query('truncate shared.reports cascade');
  const done = await report('Done');
  await report('Open');
  await server.database.admin.query(
    `update shared.reports set received_at = now() - interval '10 days', answered_at = now() - interval '10 days' + interval '5 hours',
     closed_at = now() - interval '3 days', state = 'fixed' where reference = $1`,
    [done.reference],
  );
  const page = (await newPerson(server).get('/security')).text.replace(/\s+/g, ' ');
  for (const [term, value] of [
    ['Reports in 12 months', '2'],
    ['Open now', '1'],
    ['First answer, median', '5 hours'],
    ['Settled, median', '7 days'],
  ]) {
    assert.ok(page.includes(`<dt>${term}</dt><dd>${value}</dd>`), term);
  }
  const due = async () =>
    (await server.database.admin.query('select resolve_by from shared.reports where closed_at is null')).rows[0]
      .resolve_by;
  await server.database.admin.query(
    "update shared.reports set received_at = '2026-11-21 09:30Z' where closed_at is null",
  );
  const words = { scope: 'Only this.', safeHarbour: 'You are <b>safe</b>.', contact: '' };
  assert.equal((await operate('policy', { ...words, businessDays: 'on' })).status, 303);
  assert.equal((await due()).toISOString(), '2026-12-07T00:00:00.000Z');
  for (const path of ['/security/policy', '/security/reports/new']) {
    assert.match((await newPerson(server).get(path)).text, /Only this\.[\s\S]*&lt;b&gt;safe/, path);
  }
  await operate('policy', words);
  assert.equal((await due()).toISOString(), '2026-12-05T09:30:00.000Z');
});
