import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newPerson } from '../../accounts/people.js';
import { changeSessions, platformEvents } from '../console.js';
import { acme, desk, dora, incident, server, trouble } from './stage.js';

describe('an incident that the operator writes', () => {
  const seen = async (path: string) => (await newPerson(server).get(path)).text;
  const bannersAt = async (path: string) =>
    /class="notice (\w+) no-print">[\s\S]*?<p>([^<]*)</.exec(await seenBy(path));
  const seenBy = async (path: string) => (await acme.owner.person.get(path)).text;
  const publicAddress = () => incident.replace('/platform', '/status');

  test('is on the status page for everybody, for machines and in the feed, and no word of it is script (GV-6)', async () => {
    assert.match(incident, /^\/platform\/incidents\/[0-9a-f-]{36}$/);
    for (const page of [await seen('/status'), await seen(publicAddress())]) {
      assert.match(page, /Mails arrive &lt;late&gt;/);
      assert.match(page, /<strong>We look into it\.<\/strong>/);
      assert.match(page, /href="https:\/\/example\.org\/a\?b=1&amp;c"/);
      assert.doesNotMatch(page, /<script>|href="javascript:|\/leave\?/);
    }
    assert.match(await seen('/status'), /<h2 id="now">Now<\/h2>/);
    const [told] = JSON.parse(await seen('/status.json')).incidents;
    assert.deepEqual(
      [told.kind, told.components, told.severity, told.stage, told.closedAt, told.updates.length],
      ['incident', ['mail'], 'degraded', 'investigating', null, 1],
    );
    const feed = await newPerson(server).get('/status/feed');
    assert.equal(feed.headers.get('content-type'), 'application/atom+xml; charset=utf-8');
    assert.ok(feed.text.includes('<title>Mails arrive &lt;late&gt;</title>'));
    assert.doesNotMatch(feed.text, /<script|<strong|href="javascript/);
  });

  test('stands calmly above every page of a workspace until it is over, and is history then (GV-6)', async () => {
    const [, kind, text] = (await bannersAt(acme.home)) ?? [];
    assert.equal(kind, 'attention');
    assert.match(text ?? '', /^Mails arrive &lt;late&gt;\. Affected since .* \(UTC\): Mail\. $/);
    assert.match(await seenBy(`${acme.home}/agents`), new RegExp(`href="${publicAddress()}">What is known`));
    const update = (stage: string, said: string) => desk.operate(`${incident}/updates`, { stage, text: said });
    assert.equal((await update('watching', 'They flow again.')).location, incident);
    assert.ok(await bannersAt(acme.home));
    await update('resolved', 'It was the disk.');
    assert.equal(await bannersAt(acme.home), null);
    const page = await seen('/status');
    assert.ok(!page.includes('id="now"'));
    assert.ok(page.indexOf('It was the disk.') < page.indexOf('They flow again.'), 'newest first');
    assert.ok(page.indexOf('They flow again.') < page.indexOf('We look into it.'));
    await update('investigating', 'Not quite.');
    assert.ok(await bannersAt(acme.home), 'opened again');
    await update('resolved', 'Now it is.');
    await server.database.admin.query(`update shared.incidents set closed_at = now() - interval '91 days'`);
    assert.match(await seen('/status'), /None is over\./, 'after ninety days the page says nothing of it');
    assert.match(await seen(publicAddress()), /Now it is\./, 'its own address still does');
  });

  test('keeps what was said: each step is an event, corrections change facts alone (GV-6, MB-3)', async () => {
    const { kind: _, text: __, ...facts } = trouble;
    const corrected = { ...facts, title: 'Mails arrive a day late', startsAt: '2026-01-02T03:04' };
    assert.equal((await desk.operate(`${incident}/correction`, corrected)).location, incident);
    const page = await seen(publicAddress());
    assert.match(page, /Mails arrive a day late/);
    assert.match(page, /2026-01-02 03:04:00 UTC/);
    assert.match(page, /We look into it\./);
    const acts = (await platformEvents(server)).filter(({ event }) => event.startsWith('platform.incident-'));
    assert.deepEqual(
      acts.map(({ event, details }) => `${event} ${details.stage ?? details.starts}`),
      [
        'platform.incident-opened investigating',
        ...['watching', 'resolved', 'investigating', 'resolved'].map((stage) => `platform.incident-updated ${stage}`),
        'platform.incident-corrected 2026-01-02T03:04:00.000Z',
      ],
    );
    assert.ok(
      acts.every(
        ({ actor, address, details }) => actor === 'dora' && address && incident.endsWith(String(details.incident)),
      ),
    );
    const { rows } = await server.database.admin.query(
      `select has_table_privilege('bailiwick_web', 'shared.incident_updates', 'update, delete, truncate') or
        has_table_privilege('bailiwick_web', 'shared.incidents', 'delete, truncate') as may`,
    );
    assert.deepEqual(rows, [{ may: false }]);
  });

  test('asks for a fresh proof, says what is wrong beside the field, and changes nothing for others (GV-6, AC-11)', async () => {
    const before = await seen('/status.json');
    for (const [path, fields, wrong] of [
      ['/platform/incidents', { ...trouble, title: ' ', components: '' }, 'Say in a few words what it is'],
      ['/platform/incidents', { ...trouble, components: 'moon' }, 'Choose what is affected'],
      ['/platform/incidents', { ...trouble, startsAt: '2199-01-01T00:00' }, 'Plan maintenance instead'],
      ['/platform/incidents', { ...trouble, kind: 'maintenance' }, 'Enter a day and a time'],
      [`${incident}/updates`, { stage: 'finished', text: 'x' }, 'Choose how far it is'],
      [`${incident}/correction`, { title: '\u202ereversed' }, 'letters, digits and signs only'],
    ] as const) {
      const { status, text } = await desk.operate(path, fields);
      assert.deepEqual([status, text.includes(wrong)], [422, true], wrong);
    }
    const now = Date.now();
    await changeSessions(server, dora.id, { provenAt: now - 11 * 60_000 });
    const asked = await desk.operate('/platform/incidents', trouble);
    assert.deepEqual([asked.status, /Confirm that it is you/.test(asked.text)], [403, true]);
    for (const person of [acme.owner.person, newPerson(server)]) {
      const _csrf = await person.token(person === acme.owner.person ? '/profile' : '/sign-in');
      const { status } = await person.post(`${incident}/updates`, { stage: 'resolved', text: 'x', _csrf });
      assert.ok(status === 404 || status === 401, String(status));
    }
    assert.equal(await seen('/status.json'), before);
  });
});
