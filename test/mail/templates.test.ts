import assert from 'node:assert/strict';
import { test } from 'node:test';
import { config } from '../../src/config.js';
import { type MailLocals, type MailTemplate, mailTemplates, renderMail } from '../../src/mail/templates.js';

const link = `${config().origin}/somewhere/abc_DEF-123`;
const when = new Date('2026-03-04T05:06:07Z');

const samples: { [T in MailTemplate]: MailLocals<T> } = {
  'verify-email': { name: 'Alice', link, minutes: 60 },
  'already-registered': { name: 'Alice', link },
  invitation: { workspaceName: 'Acme', inviterName: 'Bob', role: 'admin', link, days: 7 },
  'new-device-sign-in': { when, device: 'Firefox on Linux', address: '192.0.2.7', link },
  code: { code: '012345', use: 'to sign in', minutes: 10, when, device: 'Firefox on Linux', address: '192.0.2.7' },
  'many-failed-sign-ins': { when, address: '192.0.2.7', link },
  'security-notice': {
    what: 'Your password was changed',
    detail: 'All other sessions were ended.',
    when: new Date('2026-03-04T05:06:00Z'),
    device: 'Firefox on Linux',
    address: '203.0.113.9',
    link,
  },
  recovery: {
    ...{ name: 'alice', reference: 'R-7KQ4-M2XD', when, device: 'Firefox on Linux', address: '192.0.2.7' },
    ...{ link, minutes: 60 },
  },
  'new-address': { name: 'alice', device: 'Firefox on Linux', address: '192.0.2.7', link, minutes: 60 },
  'address-in-use': { link },
  'account-deleted': { name: 'alice', when, device: 'Firefox on Linux', address: '192.0.2.7' },
  'workspace-notice': {
    workspaceName: 'Acme',
    what: 'was suspended',
    detail: 'Nobody can enter it for now.',
    reason: 'The invoice of May is open',
    when,
  },
  'decision-waiting': {
    ...{ name: 'Bob', workspaceName: 'Acme', agentName: 'Guide', askedBy: 'Alice', toolLabel: 'Delete a document' },
    risk: 'Cannot be undone',
    until: when,
    link,
  },
  digest: {
    ...{ name: 'Bob', workspaceName: 'Acme', headline: '', often: 'hourly', total: 12, link },
    preferences: `${config().origin}/w/acme/notifications/preferences`,
    unsubscribe: `${config().origin}/unsubscribe/abc`,
    items: [
      { what: 'Mentions you', title: 'Handbook', by: 'Alice', when, link: `${config().origin}/w/acme/pages/1` },
      { what: 'Reminder', title: '', by: '', when, link: `${config().origin}/w/acme/calendar/2` },
    ],
  },
  'private-access': {
    ...{ workspaceName: 'Acme', who: 'Alice', what: 'a private space', reason: 'The tender closes today', when, link },
    until: new Date('2026-03-04T06:06:07Z'),
  },
  'report-received': { reference: 'BW-7K3F-Q2XM', link },
  'report-answer': { reference: 'BW-7K3F-Q2XM', lines: ['Thank you.', '', 'It is mended in 1.2.'] },
  'report-news': { what: 'A security report came in: BW-7K3F-Q2XM' },
  'workspace-deleted': { workspaceName: 'Acme', when, counts: { documents: 12, conversations: 3 } },
};

const linkOnce = (text: string) => text.split(link).length - 1;

for (const template of mailTemplates) {
  test(`${template} reads well as text and as HTML, and says why it came (AC-2)`, async () => {
    const { subject, text, html } = await renderMail(template, samples[template]);
    assert.ok(subject.length > 10 && !subject.includes('\n'));
    assert.match(text, /^Hello/);
    for (const form of [text, html]) {
      assert.match(form, /You get this because/);
      assert.doesNotMatch(form, /undefined|\[object/);
    }
    if ('link' in samples[template]) {
      assert.equal(linkOnce(text), 1);
      assert.match(html, new RegExp(`href="${link}"`));
    }
  });

  test(`${template} fetches nothing and runs nothing when it is opened (GV-6)`, async () => {
    const { html } = await renderMail(template, samples[template]);
    assert.doesNotMatch(html, /<(img|script|link|iframe|object|form|table|video|audio|base)\b|url\(|@import|\bon\w+=/i);
    for (const [, target] of html.matchAll(/(?:href|src|background)="([^"]*)"/g)) {
      assert.equal(new URL(target ?? '').origin, config().origin);
    }
  });
}

test('facts of the event stand in the mail (AC-13, IS-8)', async () => {
  const signIn = await renderMail('new-device-sign-in', samples['new-device-sign-in']);
  assert.match(signIn.text, /2026-03-04 at 05:06 UTC[\s\S]+Firefox on Linux[\s\S]+192\.0\.2\.7/);
  const receipt = await renderMail('workspace-deleted', samples['workspace-deleted']);
  assert.match(receipt.text, /- documents: 12\n- conversations: 3/);
});

test('a name with markup stays text in HTML and is not escaped in plain text (AC-2)', async () => {
  const name = `<b>O'Neil & Söhne</b>`;
  const { text, html } = await renderMail('verify-email', { ...samples['verify-email'], name });
  assert.match(text, /Hello <b>O'Neil & Söhne<\/b>,/);
  assert.doesNotMatch(html, /<b>O/);
  assert.match(html, /&lt;b&gt;O&#39;Neil &amp; Söhne/);
});

test('template code in a name is not run (AC-2, V1.3.7)', async () => {
  const { text } = await renderMail('verify-email', { ...samples['verify-email'], name: '<%= 7*7 %> {{7*7}}' });
  assert.match(text, /<%= 7\*7 %> \{\{7\*7\}\}/);
});

test('line ends, control characters and direction overrides in a name change nothing around it (AC-2)', async () => {
  const inviterName = 'Bob\r\nBcc: eve@evil.example\r\n\r\nHi\u2028\u202e there\0';
  const { subject, text } = await renderMail('invitation', { ...samples.invitation, inviterName });
  assert.equal(subject, 'Bob Bcc: eve@evil. example Hi there invites you to Acme');
  assert.doesNotMatch(text, /^(Bcc|Hi)/m);
});

test('a name is no link, and no letter of its own (AC-2)', async () => {
  const name = `Your account is closed, see https://evil.example/login ${'x'.repeat(5000)}`;
  const { text, html } = await renderMail('verify-email', { ...samples['verify-email'], name });
  assert.doesNotMatch(text + html, /evil\.example|:\/\/evil/);
  assert.ok(text.length < 1000);
});

test('a link to another host is refused (AC-2)', async () => {
  for (const elsewhere of [
    'https://evil.example/confirm/x',
    'javascript:alert(1)',
    `${config().origin}@evil.example/`,
    '/relative',
  ]) {
    await assert.rejects(renderMail('verify-email', { name: 'Alice', link: elsewhere, minutes: 60 }), elsewhere);
  }
});
