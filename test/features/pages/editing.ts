import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updatePage } from '../../../src/features/pages/actions.js';
import { acme, alice, bob, page, show, space, versionsOf } from './stage.js';
import { contextOf, get, post } from './writing.js';

test('a page is written, shown as its Markdown says, and has an address of its own (AG-11)', async () => {
  const id = await page('Travel rules', '# Trains\n\nTake the **train**.\n\n| a | b |\n|---|---|\n| 1 | 2 |');
  const { text, status } = await get(acme, bob, `/pages/${id}`);
  assert.equal(status, 200);
  for (const part of [
    '<h1><bdi>Travel rules</bdi></h1>',
    '<h3>Trains</h3>',
    '<strong>train</strong>',
    '<table',
    'Handbook',
  ]) {
    assert.ok(text.includes(part), part);
  }
  assert.match((await get(acme, bob, '/pages')).text, /Travel rules/);
});

test('what people type is never anything but text: title, body, preview, history and lists (AG-12)', async () => {
  const payloads = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    '[x](javascript:alert(1))',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '![x](https://evil.example/a.png)',
    '[x]: javascript:alert(1)\n\n[x]',
    '<math><mtext></mtext><a href="javascript:alert(1)">',
  ];
  const body = payloads.join('\n\n');
  const id = await page(payloads[2] ?? '', body);
  await post(acme, alice, `/pages/${id}`, { title: payloads[1] ?? '', body: `${body}\n\nmore`, version: '1' });
  await post(acme, bob, `/pages/${id}/draft`, { title: payloads[0] ?? '', body, version: '1' });
  const pages = [
    `/pages/${id}`,
    `/pages/${id}/edit`,
    `/pages/${id}/versions`,
    `/pages/${id}/versions/2`,
    `/spaces/${space}`,
    '/pages',
    `/pages/${id}/place`,
    `/pages/${id}/archive`,
  ];
  const shown = await Promise.all(pages.map(async (path) => (await get(acme, bob, path)).text));
  const preview = await post(acme, bob, '/pages/preview', { body });
  const conflict = await post(acme, bob, `/pages/${id}`, { title: payloads[0] ?? '', body, version: '1' });
  assert.equal(conflict.status, 409);
  for (const text of [...shown, conflict.text, JSON.parse(preview.text).html]) {
    assert.doesNotMatch(
      text,
      /<script>alert|<img|<svg onload|<iframe|<math|<a[^>]*href="javascript:|evil\.example\/a\.png"/i,
    );
  }
});

test('a preview shows what was sent and keeps nothing; without script the form comes back with it (AG-11)', async () => {
  const id = await page('Draft of rules', 'Old.');
  const answer = await post(acme, alice, `/pages/${id}`, {
    title: 'New <title>',
    body: 'A *new* text',
    version: '1',
    preview: 'on',
  });
  assert.equal(answer.status, 200);
  for (const part of ['<em>new</em>', 'value="New &lt;title&gt;"', '>A *new* text</textarea>']) {
    assert.ok(answer.text.includes(part), part);
  }
  assert.equal((await versionsOf(id)).length, 1);
});

test('of two who write at once the second sees both texts and keeps every word (AG-11)', async () => {
  const id = await page('Menu', 'Soup\nBread\nTea');
  assert.equal(
    (await post(acme, bob, `/pages/${id}`, { title: 'Menu', body: 'Soup\nBread\nCoffee', version: '1' })).status,
    303,
  );
  const late = { title: 'Menu of Monday', body: 'Soup\nCake\nTea', version: '1' };
  const conflict = await post(acme, alice, `/pages/${id}`, late);
  assert.equal(conflict.status, 409);
  for (const part of [
    '>Soup\nCake\nTea</textarea>',
    'value="Menu of Monday"',
    '+ Coffee',
    '− Tea',
    '+ Cake',
    '<bdi>bob</bdi>',
    'name="version" value="2"',
  ]) {
    assert.ok(conflict.text.includes(part), part);
  }
  assert.match(await show(id), /Coffee/, 'nothing was written over');
  assert.match(
    (await get(acme, alice, `/pages/${id}/edit`)).text,
    /This is your draft[\s\S]*>Soup\nCake\nTea<\/textarea>/,
  );
  assert.equal((await post(acme, alice, `/pages/${id}`, { ...late, version: '2' })).status, 303);
  assert.match(await show(id), /Menu of Monday[\s\S]*Cake/);
  assert.equal((await versionsOf(id)).length, 3);
  const bad = await post(acme, alice, `/pages/${id}`, { title: '', body: 'kept', version: '3' });
  assert.equal(bad.status, 422);
  assert.match(bad.text, /Give it a title\.[\s\S]*>kept<\/textarea>/);
});

test('fifty saves of one version at once: one is written, and no version is missing or double (AG-11)', async () => {
  const id = await page('Contested', 'start');
  const context = contextOf(acme, alice);
  const saves = Array.from({ length: 50 }, (_, n) => updatePage(context, id, { body: `text ${n}`, seen: 1 }));
  const done = (await Promise.allSettled(saves)).filter(({ status }) => status === 'fulfilled');
  assert.equal(done.length, 1);
  assert.deepEqual(
    (await versionsOf(id)).map(({ version }) => version),
    [1, 2],
  );
});

test('a draft is kept per person, offered back after a reload, seen by nobody else, and gone with the save (AG-11)', async () => {
  const id = await page('Plans', 'Saved.');
  const draft = { title: 'Plans', body: 'Half a sent', version: '1' };
  assert.equal((await post(acme, alice, `/pages/${id}/draft`, draft)).status, 200);
  await post(acme, bob, `/pages/${id}/draft`, { ...draft, body: 'Bob’s own' });
  const again = (await get(acme, alice, `/pages/${id}/edit`)).text;
  assert.match(again, /This is your draft[\s\S]*>Half a sent<\/textarea>/);
  assert.doesNotMatch(again, /Bob’s own/);
  assert.match(await show(id), /have not saved it/);
  await post(acme, alice, `/pages/${id}`, { ...draft, body: 'A whole sentence.' });
  assert.doesNotMatch((await get(acme, alice, `/pages/${id}/edit`)).text, /This is your draft/);
  const stale = (await get(acme, bob, `/pages/${id}/edit`)).text;
  assert.match(stale, /Somebody saved version 2 since[\s\S]*name="version" value="1"[\s\S]*>Bob’s own<\/textarea>/);
  assert.equal((await post(acme, bob, `/pages/${id}`, { ...draft, body: 'Bob’s own' })).status, 409);
  await post(acme, bob, `/pages/${id}/draft/deletion`);
  assert.match((await get(acme, bob, `/pages/${id}/edit`)).text, />A whole sentence\.<\/textarea>/);
  await post(acme, alice, `/spaces/${space}/pages/draft`, { title: 'Not yet', body: 'there', version: '0' });
  assert.match((await get(acme, alice, `/spaces/${space}/pages/new`)).text, /value="Not yet"[\s\S]*>there<\/textarea>/);
  await page('There now');
  assert.doesNotMatch((await get(acme, alice, `/spaces/${space}/pages/new`)).text, /Not yet/);
});
